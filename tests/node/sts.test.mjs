// A customer's balance by way of @alicloud/sts20150401.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import bss from "@alicloud/bssopenapi20171214";
import sts from "@alicloud/sts20150401";
import { client, cloud, control, timeout } from "./cloud.mjs";

const customer = "2000000000000002";
const role = `acs:ram::${customer}:role/balance`;

async function assume(externalId = "e-1") {
  const ask = { roleArn: role, roleSessionName: "arrears", durationSeconds: 900, externalId };
  const { credentials } = (await client(sts).assumeRole(new sts.AssumeRoleRequest(ask))).body;
  return {
    accessKeyId: credentials.accessKeyId,
    accessKeySecret: credentials.accessKeySecret,
    securityToken: credentials.securityToken,
  };
}

beforeEach(async () => {
  await control("POST", "/reset");
  await control("POST", "/clock", { at: "2026-03-10T08:00:00+08:00" });
  await control("POST", "/accounts", [
    { id: cloud.account_id, balance: "9999" },
    { id: customer, balance: "12345.6", role_arn: role, external_id: "e-1" },
  ]);
});

test("the temporary key reads the customer's balance, not the agency's", { timeout }, async () => {
  const key = await assume();
  const { data } = (await client(bss, key).queryAccountBalance()).body;
  assert.equal(data.availableAmount, "12,345.60");
  assert.equal((await client(sts, key).getCallerIdentity()).body.accountId, customer);
  assert.equal((await client(bss).queryAccountBalance()).body.data.availableAmount, "9,999.00");
});

test("the temporary key ends with its time", { timeout }, async () => {
  const key = await assume();
  await control("POST", "/clock/advance", { seconds: 901 });
  await assert.rejects(client(bss, key).queryAccountBalance(), { code: "InvalidSecurityToken.Expired" });
});

test("a wrong external id, or a role withdrawn, is no access", { timeout }, async () => {
  await assert.rejects(assume("e-2"), { code: "NoPermission" });
  await control("POST", "/accounts", [{ id: customer, role_arn: role, external_id: "e-1", revoked: true }]);
  await assert.rejects(assume(), (error) => error.statusCode >= 400);
});
