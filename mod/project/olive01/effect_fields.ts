import { findDecimal, invalidAt } from "./attributes.ts";
import { interpolateKeys, lastKeyAt, type NumberKey } from "./key_frames.ts";
import type { Effect, EffectField } from "./model.ts";

/** A value over the time of a clip. */
export interface Animated<T> {
  /** It is the same at every frame. */
  readonly isConstant: boolean;
  /** Value at a clip frame (playhead - in + clipin). */
  at(clipFrame: number): T;
}

/** 8 bits per channel, 0..255. */
export interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** Greatest magnitude of an effect's number: squares and products of it stay finite and exact enough. */
export const FIELD_VALUE_MAX = 1e9;

/**
 * A number of an effect; key frames of all kinds are honoured.
 *
 * @param effect The effect as read.
 * @param field Its id, and the value that stands for an absent or empty one.
 * @throws {DomainError} `project_invalid` with a line if a value is no number of at most
 * {@linkcode FIELD_VALUE_MAX}.
 */
export function numberField(
  effect: Effect,
  field: { readonly id: string; readonly fallback: number },
): Animated<number> {
  const found = findField(effect, field.id);
  if (found === undefined) return constant(field.fallback);
  if (found.keys.length === 0) {
    return constant(found.value === "" ? field.fallback : fieldNumber(found, found.value));
  }
  const keys: NumberKey[] = found.keys.map((key) => ({
    ...key,
    value: fieldNumber({ id: found.id, line: key.line }, key.value),
  }));
  const first = keys[0];
  if (first !== undefined && keys.length === 1) return constant(first.value);
  return { isConstant: false, at: (clipFrame) => interpolateKeys(keys, clipFrame) };
}

/** A switch of an effect; it holds its earlier key. `1` is on, anything else off. */
export function switchField(
  effect: Effect,
  field: { readonly id: string; readonly fallback: boolean },
): Animated<boolean> {
  const text = textField(effect, { id: field.id, fallback: field.fallback ? "1" : "0" });
  return { isConstant: text.isConstant, at: (clipFrame) => text.at(clipFrame) === "1" };
}

/** A text, choice, font or file of an effect; it holds its earlier key. */
export function textField(
  effect: Effect,
  field: { readonly id: string; readonly fallback: string },
): Animated<string> {
  const found = findField(effect, field.id);
  if (found === undefined) return constant(field.fallback);
  const { keys } = found;
  if (keys.length === 0) return constant(found.value);
  return {
    isConstant: keys.length === 1,
    at: (clipFrame) => keys[Math.max(0, lastKeyAt(keys, clipFrame))]?.value ?? found.value,
  };
}

/**
 * A colour of an effect: straight lines between its keys, whatever their kind except hold, each
 * channel rounded.
 *
 * @throws {DomainError} `project_invalid` with a line if a value is not `#rrggbb`.
 */
export function colorField(
  effect: Effect,
  field: { readonly id: string; readonly fallback: Rgb },
): Animated<Rgb> {
  const found = findField(effect, field.id);
  if (found === undefined) return constant(field.fallback);
  if (found.keys.length === 0) {
    return constant(found.value === "" ? field.fallback : parseColor(found.value, found.line));
  }
  const keys = found.keys.map((key) => ({
    frame: key.frame,
    isHeld: key.kind === "hold",
    color: parseColor(key.value, key.line),
  }));
  return {
    isConstant: keys.length === 1,
    at: (clipFrame) => {
      const index = lastKeyAt(keys, clipFrame);
      const before = keys[index];
      const after = keys[index + 1];
      if (before === undefined) return after?.color ?? field.fallback;
      if (after === undefined || before.isHeld) return before.color;
      const share = (clipFrame - before.frame) / (after.frame - before.frame);
      return mixColors([before.color, after.color], share);
    },
  };
}

/** A value that never changes. */
export function constant<T>(value: T): Animated<T> {
  return { isConstant: true, at: () => value };
}

function findField(effect: Effect, id: string): EffectField | undefined {
  for (const row of effect.rows) {
    const field = row.fields.find((candidate) => candidate.id === id);
    if (field !== undefined) return field;
  }
  return undefined;
}

function fieldNumber(field: { readonly id: string; readonly line: number }, text: string): number {
  const value = findDecimal(text);
  if (value === undefined || Math.abs(value) > FIELD_VALUE_MAX) {
    throw invalidAt(
      field.line,
      `the value of ${JSON.stringify(field.id.slice(0, 40))} is ` +
        `${JSON.stringify(text.slice(0, 40))}, must be a number of at most ${FIELD_VALUE_MAX}`,
    );
  }
  return value;
}

function parseColor(text: string, line: number): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (match === null) {
    throw invalidAt(line, `the colour is ${JSON.stringify(text.slice(0, 40))}, must be #rrggbb`);
  }
  const channel = (index: number): number => parseInt(match[index] ?? "0", 16);
  return { red: channel(1), green: channel(2), blue: channel(3) };
}

function mixColors(pair: readonly [Rgb, Rgb], share: number): Rgb {
  const mix = (channel: keyof Rgb): number =>
    Math.round(pair[0][channel] + (pair[1][channel] - pair[0][channel]) * share);
  return { red: mix("red"), green: mix("green"), blue: mix("blue") };
}
