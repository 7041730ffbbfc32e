// Rows, conditions, ranges and transactions through the npm package tablestore.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import TableStore from "tablestore";
import { cloud, control, timeout } from "./cloud.mjs";

const { Long, RowExistenceExpectation: Expect } = TableStore;
const tableName = "outbox";
const ignore = new TableStore.Condition(Expect.IGNORE, null);
const store = new TableStore.Client({
  accessKeyId: cloud.access_key_id,
  secretAccessKey: cloud.access_key_secret,
  endpoint: cloud.tablestore,
  instancename: cloud.instance,
  maxRetries: 0,
  httpOptions: { timeout },
});

const key = (account, number) => [{ account }, { number: Long.fromNumber(number) }];

function plain(row) {
  const entries = (row.attributes ?? []).map(({ columnName, columnValue }) => [columnName, columnValue]);
  return Object.fromEntries(entries.map(([name, value]) => [name, value?.toNumber ? value.toNumber() : value]));
}

const number = (row) => row.primaryKey[1].value.toNumber();

function put(account, n, columns, condition = ignore) {
  const attributeColumns = Object.entries(columns).map(([name, value]) => ({ [name]: value }));
  return store.putRow({ tableName, condition, primaryKey: key(account, n), attributeColumns });
}

async function get(account, n, more = {}) {
  return plain((await store.getRow({ tableName, primaryKey: key(account, n), maxVersions: 1, ...more })).row);
}

function update(account, n, change, condition = ignore, more = {}) {
  return store.updateRow({
    tableName, condition, primaryKey: key(account, n), updateOfAttributeColumns: change, ...more,
  });
}

const claimed = (by) =>
  new TableStore.Condition(
    Expect.EXPECT_EXIST,
    new TableStore.SingleColumnCondition("state", by, TableStore.ComparatorType.EQUAL, false),
  );

/** The client knows an error's name only as a part of its message. */
const refused = (code) => (error) => String(error.message).includes(code);

beforeEach(async () => {
  await control("POST", "/reset");
  await store.createTable({
    tableMeta: {
      tableName,
      primaryKey: [{ name: "account", type: "STRING" }, { name: "number", type: "INTEGER" }],
    },
    reservedThroughput: { capacityUnit: { read: 0, write: 0 } },
    tableOptions: { timeToLive: -1, maxVersions: 1 },
  });
});

test("a table is listed, described, changed and deleted", { timeout }, async () => {
  assert.deepEqual((await store.listTable({})).tableNames, [tableName]);
  await store.updateTable({ tableName, tableOptions: { maxVersions: 2, timeToLive: 86400 } });
  const { tableMeta, tableOptions } = await store.describeTable({ tableName });
  assert.deepEqual(tableMeta.primaryKey.map((column) => column.name), ["account", "number"]);
  assert.deepEqual([tableOptions.maxVersions, tableOptions.timeToLive], [2, 86400]);
  await store.deleteTable({ tableName });
  assert.deepEqual((await store.listTable({})).tableNames, []);
  await assert.rejects(store.describeTable({ tableName }), refused("OTSObjectNotExist"));
});

test("a row is put, read, changed and deleted", { timeout }, async () => {
  const binary = Buffer.from([0, 255, 7]);
  await put("甲", 1, { text: "余额", count: Long.fromNumber(-3), share: 2.5, yes: true, bytes: binary });
  const row = await get("甲", 1);
  assert.deepEqual([row.text, row.count, row.share, row.yes], ["余额", -3, 2.5, true]);
  assert.ok(binary.equals(row.bytes));
  assert.deepEqual(await get("甲", 1, { columnsToGet: ["share"] }), { share: 2.5 });
  await update("甲", 1, [{ PUT: [{ text: "充值" }] }, { DELETE_ALL: ["count", "share", "bytes"] }]);
  assert.deepEqual(await get("甲", 1), { text: "充值", yes: true });
  await store.deleteRow({ tableName, condition: ignore, primaryKey: key("甲", 1) });
  assert.deepEqual(await get("甲", 1), {});
});

test("a row that must not be there is put once", { timeout }, async () => {
  const absent = new TableStore.Condition(Expect.EXPECT_NOT_EXIST, null);
  await put("a", 1, { state: "pending" }, absent);
  await assert.rejects(put("a", 1, { state: "twice" }, absent), refused("OTSConditionCheckFail"));
  assert.deepEqual(await get("a", 1), { state: "pending" });
});

test("a change is made only from the state that it expects", { timeout }, async () => {
  await put("a", 1, { state: "pending" });
  await update("a", 1, [{ PUT: [{ state: "sending" }] }], claimed("pending"));
  await assert.rejects(update("a", 1, [{ PUT: [{ state: "lost" }] }], claimed("pending")), refused("OTSConditionCheckFail"));
  assert.deepEqual(await get("a", 1), { state: "sending" });
  await put("a", 2, { other: "x" });
  await assert.rejects(update("a", 2, [{ PUT: [{ state: "x" }] }], claimed("x")), refused("OTSConditionCheckFail"));
});

test("a counter is increased and tells its new value", { timeout }, async () => {
  const more = { returnContent: { returnColumns: ["count"], returnType: TableStore.ReturnType.AfterModify } };
  await put("a", 1, { count: Long.fromNumber(40) });
  const { row } = await update("a", 1, [{ INCREMENT: [{ count: Long.fromNumber(2) }] }], ignore, more);
  assert.equal(plain(row).count, 42);
});

test("a range is read page by page, both ways, within its bounds", { timeout }, async () => {
  for (const n of [1, 2, 3, 4, 5]) await put("a", n, { n: Long.fromNumber(n) });
  await put("b", 1, { n: Long.fromNumber(6) });
  async function read(direction, begin, end) {
    const seen = [];
    for (let start = begin; start; ) {
      const page = await store.getRange({
        tableName, direction, maxVersions: 1, limit: 2, inclusiveStartPrimaryKey: start, exclusiveEndPrimaryKey: end,
      });
      assert.ok(page.rows.length <= 2);
      seen.push(...page.rows.map(number));
      start = page.nextStartPrimaryKey?.map(({ name, value }) => ({ [name]: value }));
    }
    return seen;
  }
  const lowest = [{ account: "a" }, { number: TableStore.INF_MIN }];
  const highest = [{ account: "a" }, { number: TableStore.INF_MAX }];
  assert.deepEqual(await read(TableStore.Direction.FORWARD, lowest, highest), [1, 2, 3, 4, 5]);
  assert.deepEqual(await read(TableStore.Direction.BACKWARD, highest, lowest), [5, 4, 3, 2, 1]);
  assert.deepEqual(await read(TableStore.Direction.FORWARD, key("a", 2), key("a", 4)), [2, 3]);
});

test("a range shows only the rows that its filter lets through", { timeout }, async () => {
  for (const n of [1, 2, 3, 4]) await put("a", n, { n: Long.fromNumber(n), even: n % 2 === 0 });
  const columnFilter = new TableStore.CompositeCondition(TableStore.LogicalOperator.AND);
  columnFilter.addSubCondition(
    new TableStore.SingleColumnCondition("n", Long.fromNumber(1), TableStore.ComparatorType.GREATER_THAN),
  );
  columnFilter.addSubCondition(new TableStore.SingleColumnCondition("even", true, TableStore.ComparatorType.EQUAL));
  const { rows } = await store.getRange({
    tableName,
    direction: TableStore.Direction.FORWARD,
    maxVersions: 1,
    columnFilter,
    inclusiveStartPrimaryKey: [{ account: TableStore.INF_MIN }, { number: TableStore.INF_MIN }],
    exclusiveEndPrimaryKey: [{ account: TableStore.INF_MAX }, { number: TableStore.INF_MAX }],
  });
  assert.deepEqual(rows.map(number), [2, 4]);
});

test("a batch of writes fails row by row", { timeout }, async () => {
  await put("a", 1, { state: "pending" });
  await put("a", 3, { state: "pending" });
  const absent = new TableStore.Condition(Expect.EXPECT_NOT_EXIST, null);
  const rows = [
    { type: "PUT", condition: absent, primaryKey: key("a", 1), attributeColumns: [{ state: "twice" }] },
    { type: "PUT", condition: absent, primaryKey: key("a", 2), attributeColumns: [{ state: "new" }] },
    { type: "UPDATE", condition: claimed("sent"), primaryKey: key("a", 4), attributeColumns: [{ PUT: [{ n: true }] }] },
    { type: "UPDATE", condition: ignore, primaryKey: key("a", 5), attributeColumns: [{ PUT: [{ seen: true }] }] },
    { type: "DELETE", condition: ignore, primaryKey: key("a", 3) },
  ];
  const { tables } = await store.batchWriteRow({ tables: [{ tableName, rows }] });
  assert.deepEqual(tables.map((row) => row.isOk), [false, true, false, true, true]);
  assert.deepEqual([tables[0].errorCode, tables[0].errorMessage], ["OTSConditionCheckFail", "Condition check failed."]);
  const read = await store.batchGetRow({
    tables: [{ tableName, primaryKey: [1, 2, 3, 4, 5].map((n) => key("a", n)), maxVersions: 1 }],
  });
  assert.deepEqual(read.tables[0].map(plain), [{ state: "pending" }, { state: "new" }, {}, {}, { seen: true }]);
});

/** The client takes the empty reply to an abort for a request that lacks its id: the abort has been done all the same. */
const abort = (transactionId) =>
  assert.rejects(store.abortTransaction({ transactionId }), { message: "missing required 'transactionId'" });

const commit = (transactionId) => store.commitTransaction({ transactionId });

test("what a transaction wrote is seen by others after its commit, and never after its abort", { timeout }, async () => {
  await put("a", 1, { state: "before" });
  for (const [end, found] of [[abort, "before"], [commit, "after"]]) {
    const { transactionId } = await store.startLocalTransaction({ tableName, primaryKey: [{ account: "a" }] });
    await update("a", 1, [{ PUT: [{ state: "after" }] }], ignore, { transactionId });
    assert.deepEqual(await get("a", 1, { transactionId }), { state: "after" });
    assert.deepEqual(await get("a", 1), { state: "before" });
    await end(transactionId);
    assert.deepEqual(await get("a", 1), { state: found });
  }
});

test("a wrong secret is refused", { timeout }, async () => {
  const stranger = new TableStore.Client({
    accessKeyId: cloud.access_key_id,
    secretAccessKey: "wrong",
    endpoint: cloud.tablestore,
    instancename: cloud.instance,
    maxRetries: 0,
  });
  await assert.rejects(stranger.listTable({}), refused("OTSAuthFailed"));
});
