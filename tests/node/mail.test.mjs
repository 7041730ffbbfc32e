// Mails and their statistics through @alicloud/dm20151123.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import dm from "@alicloud/dm20151123";
import { client, control, timeout } from "./cloud.mjs";

const sender = "notice@agency.example";

function send(change = {}) {
  const mail = {
    accountName: sender,
    addressType: 1,
    replyToAddress: false,
    toAddress: "a@customer.example",
    subject: "余额提醒 [AA-1]",
    htmlBody: "<p>3 天 & 更多 + 1</p>",
    ...change,
  };
  return client(dm).singleSendMail(new dm.SingleSendMailRequest(mail));
}

function statistics(ask) {
  return client(dm).senderStatisticsDetailByParam(new dm.SenderStatisticsDetailByParamRequest(ask));
}

beforeEach(async () => {
  await control("POST", "/reset");
  await control("POST", "/clock", { at: "2026-03-10T08:00:00+08:00" });
  await control("POST", "/mail", { senders: [sender], tags: [] });
});

test("a mail is kept as it was given, and the statistics know it later", { timeout }, async () => {
  const { body } = await send();
  const { sent } = await control("GET", "/mail");
  assert.deepEqual([sent[0].env_id, sent[0].subject], [body.envId, "余额提醒 [AA-1]"]);
  assert.equal(sent[0].html, "<p>3 天 & 更多 + 1</p>");
  const ask = { toAddress: "a@customer.example", startTime: "2026-03-10 08:00", endTime: "2026-03-10 08:05" };
  assert.deepEqual((await statistics(ask)).body.data.mailDetail, []);
  await control("POST", "/clock/advance", { seconds: 60 });
  const [row] = (await statistics(ask)).body.data.mailDetail;
  assert.deepEqual([row.subject, row.status, row.accountName], ["余额提醒 [AA-1]", 0, sender]);
});

test("an undelivered mail says so", { timeout }, async () => {
  await control("POST", "/mail/fates", [{ address: "*", status: 2, message: "550 no such user" }]);
  await send();
  await control("POST", "/clock/advance", { seconds: 60 });
  const [row] = (await statistics({ accountName: sender })).body.data.mailDetail;
  assert.deepEqual([row.status, row.message], [2, "550 no such user"]);
});

test("a refusal is an error with its code", { timeout }, async () => {
  await assert.rejects(send({ accountName: "x@agency.example" }), { code: "InvalidMailAddress.NotFound" });
  await assert.rejects(send({ toAddress: "nobody" }), { code: "InvalidToAddress" });
});
