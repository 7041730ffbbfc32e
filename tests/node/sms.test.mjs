// Short messages and their receipts through @alicloud/dysmsapi20170525.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import dysms from "@alicloud/dysmsapi20170525";
import { client, control, timeout } from "./cloud.mjs";

const phone = "13800000001";

function send(change = {}) {
  const message = {
    phoneNumbers: phone,
    signName: "云代理",
    templateCode: "SMS_1",
    templateParam: JSON.stringify({ name: "甲公司 & 乙+丙", days: "3" }),
    outId: "n-1",
    ...change,
  };
  return client(dysms).sendSms(new dysms.SendSmsRequest(message));
}

function details() {
  const ask = { phoneNumber: phone, sendDate: "20260310", pageSize: 10, currentPage: 1 };
  return client(dysms).querySendDetails(new dysms.QuerySendDetailsRequest(ask));
}

beforeEach(async () => {
  await control("POST", "/reset");
  await control("POST", "/clock", { at: "2026-03-10T08:00:00+08:00" });
  await control("POST", "/sms", { signatures: ["云代理"], templates: { SMS_1: "${name}预计${days}日后暂停" } });
});

test("a message is accepted, rendered, and its receipt comes late", { timeout }, async () => {
  const { body } = await send();
  assert.deepEqual([body.code, body.message], ["OK", "OK"]);
  const { sent } = await control("GET", "/sms");
  assert.equal(sent[0].content, "【云代理】甲公司 & 乙+丙预计3日后暂停");
  assert.equal((await details()).body.totalCount, "0");
  await control("POST", "/clock/advance", { seconds: 60 });
  const [receipt] = (await details()).body.smsSendDetailDTOs.smsSendDetailDTO;
  assert.deepEqual([receipt.outId, receipt.sendStatus, receipt.errCode], ["n-1", 3, "DELIVERED"]);
  assert.equal(receipt.receiveDate, "2026-03-10 08:01:00");
});

test("a refusal is HTTP 200 with its code, not an error", { timeout }, async () => {
  const { statusCode, body } = await send({ templateCode: "SMS_9" });
  assert.deepEqual([statusCode, body.code], [200, "isv.SMS_TEMPLATE_ILLEGAL"]);
  assert.deepEqual((await control("GET", "/sms")).sent, []);
});

test("a parameter that is missing never leaves the client", { timeout }, async () => {
  await assert.rejects(() => client(dysms).querySendDetails(new dysms.QuerySendDetailsRequest({})));
});
