// The local cloud that a test talks to: its endpoints, its control side, and the configuration of the clients.

import core from "@alicloud/openapi-core";

/** The first line of `python -m localcloud up`. */
export const cloud = JSON.parse(process.env.LOCALCLOUD);

/** What every test may take at most, in milliseconds. */
export const timeout = 10_000;

/** Ask the control side; `path` begins after /_control. */
export async function control(method, path, body) {
  const reply = await fetch(`${cloud.control}/_control${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(timeout),
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** A client of one of the vendor's packages, with the agency's own key or a temporary one. */
export function client(package_, key = {}) {
  const Client = package_.default;
  return new Client(
    new core.$OpenApiUtil.Config({
      accessKeyId: cloud.access_key_id,
      accessKeySecret: cloud.access_key_secret,
      endpoint: cloud.openapi,
      protocol: "http",
      readTimeout: timeout,
      connectTimeout: timeout,
      ...key,
    }),
  );
}
