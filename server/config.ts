/**
 * The configuration: a pure function of (file, environment, flags); flags win over the environment, the environment over
 * the file. What is empty is not set, and hides nothing.
 */
import { MuntraError } from './errors.ts';
import { OPTIONS, type Option } from './options.ts';

export type Config = { readonly [K in keyof typeof OPTIONS]: ReturnType<(typeof OPTIONS)[K]['parse']> };

type Values = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  /** Variables of `muntra.env`. */
  file?: Values;
  env?: Values;
  /** By the variable's name, as flags are. */
  flags?: Values;
}

export const isSet = (values: Values, name: string): boolean => Boolean(values[name]?.trim());

/** Throws MuntraError `config_invalid` with the variable's name and an example for the first value that cannot be read. */
export function readConfig({ file = {}, env = {}, flags = {} }: ConfigSources): Config {
  const entries = Object.entries(OPTIONS).map(([key, entry]) => {
    const given = [flags, env, file].map(source => source[entry.name]?.trim());
    return [key, parseOption(entry, given.find(Boolean) ?? entry.default)];
  });
  return Object.fromEntries(entries) as Config;
}

function parseOption(entry: Option<unknown>, value: string): unknown {
  try {
    return entry.parse(value);
  } catch (error) {
    const shown = entry.secret ? '' : ` "${value}"`;
    const problem = error instanceof Error ? error.message : 'cannot be read';
    throw new MuntraError('config_invalid', `${entry.name}${shown} ${problem}`, `${entry.name}=${entry.example}`);
  }
}
