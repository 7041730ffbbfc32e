// Balances, bills and money movements through @alicloud/bssopenapi20171214.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import bss from "@alicloud/bssopenapi20171214";
import { client, cloud, control, timeout } from "./cloud.mjs";

const account = cloud.account_id;

async function open(balance) {
  await control("POST", "/accounts", [{ id: account, name: "agency", balance }]);
}

beforeEach(async () => {
  await control("POST", "/reset");
  await control("POST", "/clock", { at: "2026-03-10T08:00:00+08:00" });
});

for (const [balance, text] of [
  ["0", "0.00"],
  ["1234567.891", "1,234,567.89"],
  ["-11.19", "-11.19"],
  ["-1234.5", "-1,234.50"],
]) {
  test(`a balance of ${balance} is the string ${text}`, { timeout }, async () => {
    await open(balance);
    const { body } = await client(bss).queryAccountBalance();
    assert.deepEqual([body.code, body.success, body.data.currency], ["200", true, "CNY"]);
    assert.equal(body.data.availableAmount, text);
  });
}

test("a bill is known a day later, by product when asked", { timeout }, async () => {
  await open("1000");
  await control("POST", "/spend", [
    { account, amount: "12.5", product: "ecs" },
    { account, amount: "2.25", product: "oss" },
  ]);
  const ask = new bss.QueryAccountBillRequest({ billingCycle: "2026-03", isGroupByProduct: true, pageSize: 1 });
  assert.equal((await client(bss).queryAccountBill(ask)).body.data.totalCount, 0);
  await control("POST", "/clock/advance", { seconds: 25 * 3600 });
  const seen = {};
  for (const pageNum of [1, 2]) {
    ask.pageNum = pageNum;
    const { data } = (await client(bss).queryAccountBill(ask)).body;
    assert.deepEqual([data.accountID, data.totalCount, data.items.item.length], [account, 2, 1]);
    seen[data.items.item[0].productCode] = data.items.item[0].pretaxAmount;
  }
  assert.deepEqual(seen, { ecs: 12.5, oss: 2.25 });
});

test("a top-up is listed among the movements", { timeout }, async () => {
  await open("-5");
  await control("POST", "/transactions", [{ account, amount: "2000", channel: "Alipay" }]);
  const { data } = (await client(bss).queryAccountTransactions(new bss.QueryAccountTransactionsRequest({}))).body;
  const [row] = data.accountTransactionsList.accountTransactionsList;
  assert.deepEqual([data.totalCount, row.amount, row.transactionType], [1, "2000.00", "Payment"]);
  assert.deepEqual([row.transactionFlow, row.transactionChannel], ["Income", "Alipay"]);
});

test("a key that nobody has is refused", { timeout }, async () => {
  const asked = client(bss, { accessKeyId: "LTAInobody" }).queryAccountBalance();
  await assert.rejects(asked, { code: "InvalidAccessKeyId.NotFound" });
});

test("a wrong secret is refused", { timeout }, async () => {
  const asked = client(bss, { accessKeySecret: "wrong" }).queryAccountBalance();
  await assert.rejects(asked, { code: "SignatureDoesNotMatch" });
});
