import { DomainError, TIMELINE_FRAMES_MAX } from "../../core/mod.ts";
import type { XmlElement } from "./xml_tree.ts";

/** What an attribute may be, and what stands for an absent one. */
export interface NumberRule {
  /** Least value, included. */
  readonly min: number;
  /** Greatest value, included. */
  readonly max: number;
  /** Taken where the attribute is absent; without it, it must be there. */
  readonly fallback?: number;
}

/** Range of an id in a project file. */
export const ID_RULE: NumberRule = { min: 0, max: 2 ** 31 - 1 };
/** Range of a moment or a length, frames. */
export const FRAME_RULE: NumberRule = { min: -TIMELINE_FRAMES_MAX, max: TIMELINE_FRAMES_MAX };
/** Range of a speed factor: the editor's own dialogs stay far inside. */
export const SPEED_RULE: NumberRule = { min: 1e-6, max: 1e6, fallback: 1 };

const INTEGER = /^[+-]?\d{1,15}$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/**
 * Whole number of an attribute.
 *
 * @throws {DomainError} `project_invalid` if it is none, out of range, or missing without fallback.
 */
export function integerAttribute(element: XmlElement, name: string, rule: NumberRule): number {
  return numberAttribute(element, name, { rule, pattern: INTEGER, kind: "a whole number" });
}

/**
 * Decimal number of an attribute; `nan`, `inf` and whatever overflows are refused.
 *
 * @throws {DomainError} `project_invalid` if it is none, out of range, or missing without fallback.
 */
export function decimalAttribute(element: XmlElement, name: string, rule: NumberRule): number {
  return numberAttribute(element, name, { rule, pattern: DECIMAL, kind: "a number" });
}

/** Text of an attribute; empty where it is absent. */
export function textAttribute(element: XmlElement, name: string): string {
  return element.attributes[name] ?? "";
}

/** `1` is true, anything else false; the fallback, `false` by default, stands for an absent attribute. */
export function switchAttribute(
  element: XmlElement,
  name: string,
  options: { readonly fallback: boolean } = { fallback: false },
): boolean {
  const text = element.attributes[name];
  return text === undefined ? options.fallback : text === "1";
}

/** Number that a text stands for, or `undefined` if it is no finite decimal number. */
export function findDecimal(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** An error about one line of the project. */
export function invalidAt(line: number, problem: string): DomainError {
  return new DomainError("project_invalid", `Cannot read project: line ${line}: ${problem}`, {
    hint: "Open the project in Olive 0.1, put this right and save it again.",
    details: { line },
  });
}

interface NumberReading {
  readonly rule: NumberRule;
  readonly pattern: RegExp;
  readonly kind: string;
}

function numberAttribute(element: XmlElement, name: string, reading: NumberReading): number {
  const { rule, pattern, kind } = reading;
  const text = element.attributes[name];
  if (text === undefined) {
    if (rule.fallback !== undefined) return rule.fallback;
    throw invalidAt(element.line, `<${element.name}> has no attribute ${name}`);
  }
  const value = Number(text);
  if (!pattern.test(text) || !Number.isFinite(value)) {
    throw invalidAt(
      element.line,
      `${name} of <${element.name}> is ${JSON.stringify(text.slice(0, 40))}, must be ${kind}`,
    );
  }
  if (value < rule.min || value > rule.max) {
    throw invalidAt(
      element.line,
      `${name} of <${element.name}> is ${text}, must be in [${rule.min}, ${rule.max}]`,
    );
  }
  return value;
}
