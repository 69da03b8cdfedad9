/** Fields of a JSON body of the API. What is of the wrong type is a 400 that names the field. */
import { MuntraError } from '../errors.ts';

export type Fields = Record<string, unknown>;

/** undefined when the field is not there. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new MuntraError('bad_request', `${name} is not a text`, `{"${name}": "..."}`);
}

/** undefined when the field is not there. */
export function textsField(fields: Fields, name: string): string[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value;
  throw new MuntraError('bad_request', `${name} is not a list of texts`, `{"${name}": ["..."]}`);
}

/** undefined when the field is not there; null is a value. */
export function numberField(fields: Fields, name: string): number | null | undefined {
  const value = fields[name];
  if (value === undefined || value === null || typeof value === 'number') return value;
  throw new MuntraError('bad_request', `${name} is not a number`, `{"${name}": 90}`);
}
