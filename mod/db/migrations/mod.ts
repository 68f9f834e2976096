import init from "./0001_init.sql" with { type: "text" };

/** One step of the schema. Never edited once it has shipped: a test pins its checksum. */
export interface Migration {
  /** 1, 2, 3, ... without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Every migration, in order. A new one is a new file and a new line here. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "init", sql: init },
];
