// Invocations through @alicloud/fc20230330 (functions) and @alicloud/fc2 (services with functions).

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { beforeEach, test } from "node:test";
import Fc2 from "@alicloud/fc2";
import fc3 from "@alicloud/fc20230330";
import darabonba from "@darabonba/typescript";
import { client, cloud, control, timeout } from "./cloud.mjs";

const code = process.env.FUNCTION_CODE;

async function read(stream) {
  const parts = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function invoke3(name, event, headers = {}) {
  const request = new fc3.InvokeFunctionRequest({ body: Readable.from([Buffer.from(JSON.stringify(event))]) });
  const options = new darabonba.RuntimeOptions({ readTimeout: timeout });
  const reply = await client(fc3).invokeFunctionWithOptions(name, request, new fc3.InvokeFunctionHeaders(headers), options);
  return { status: reply.statusCode, headers: reply.headers, body: await read(reply.body) };
}

function client2() {
  const options = { accessKeyID: cloud.access_key_id, accessKeySecret: cloud.access_key_secret, timeout };
  return new Fc2(cloud.account_id, { ...options, region: "cn-hangzhou", endpoint: cloud.fc });
}

async function finished(name) {
  const { invocations } = await control("POST", "/fc/invocations", { function: name });
  return invocations.map((row) => row.outcome);
}

beforeEach(async () => {
  await control("POST", "/reset");
  for (const service of [undefined, "agency"]) {
    await control("POST", "/fc/functions/put", { name: "double", service, code, handler: "index.handler", timeout: 5 });
  }
});

test("a function is invoked and answers", { timeout }, async () => {
  const reply = await invoke3("double", { number: 21 });
  assert.deepEqual([reply.status, reply.body], [200, "42"]);
  assert.match(reply.headers["x-fc-request-id"], /^[0-9a-f-]{36}$/);
});

test("a function that fails is HTTP 200 with the kind of error in a header", { timeout }, async () => {
  const reply = await invoke3("double", {});
  assert.equal(reply.status, 200);
  assert.equal(reply.headers["x-fc-error-type"], "UnhandledInvocationError");
  assert.equal(JSON.parse(reply.body).errorType, "KeyError");
});

test("an asynchronous invocation is accepted at once and runs later", { timeout }, async () => {
  const reply = await invoke3("double", { number: 1 }, { xFcInvocationType: "Async" });
  assert.equal(reply.status, 202);
  await control("POST", "/fc/queue/drain", {});
  assert.deepEqual(await finished("double"), ["Succeeded"]);
});

test("a function that does not exist is an error", { timeout }, async () => {
  await assert.rejects(invoke3("nothing", {}), { code: "FunctionNotFound" });
});

test("the older client invokes a function of a service", { timeout }, async () => {
  const reply = await client2().invokeFunction("agency", "double", JSON.stringify({ number: 4 }));
  assert.equal(reply.data, "8");
});

test("the older client invokes asynchronously", { timeout }, async () => {
  const headers = { "x-fc-invocation-type": "Async" };
  const reply = await client2().invokeFunction("agency", "double", JSON.stringify({ number: 4 }), headers);
  assert.match(reply.headers["x-fc-request-id"], /^[0-9a-f-]{36}$/);
  await control("POST", "/fc/queue/drain", {});
  assert.deepEqual(await finished("agency$double"), ["Succeeded"]);
});

test("the older client is refused with a wrong secret", { timeout }, async () => {
  const stranger = client2();
  stranger.accessKeySecret = "wrong";
  await assert.rejects(stranger.invokeFunction("agency", "double", "{}"), { code: "SignatureNotMatch" });
});
