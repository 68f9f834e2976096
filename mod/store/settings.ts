import type { ReadTx, WriteTx } from "../db/mod.ts";

const READ = "SELECT value FROM setting WHERE key = :key";

/** Value of a setting, `undefined` if it was never written. */
export async function readSetting(tx: ReadTx, key: string): Promise<string | undefined> {
  return (await tx.find<{ value: string }>(READ, { key }))?.value;
}

const WRITE = `
  INSERT INTO setting (key, value) VALUES (:key, :value)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;

/** Writes a setting. */
export async function writeSetting(
  tx: WriteTx,
  setting: { readonly key: string; readonly value: string },
): Promise<void> {
  await tx.run(WRITE, { ...setting });
}
