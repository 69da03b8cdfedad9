/**
 * The configuration: a pure function of (file, environment, flags); flags win over the environment, the environment over
 * the file.
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

/** Throws MuntraError `config_invalid` with the variable's name and an example for the first value that cannot be read. */
export function readConfig({ file = {}, env = {}, flags = {} }: ConfigSources): Config {
  const entries = Object.entries(OPTIONS).map(([key, entry]) => {
    const value = flags[entry.name] ?? env[entry.name] ?? file[entry.name] ?? entry.default;
    return [key, parseOption(entry, value.trim())];
  });
  return Object.fromEntries(entries) as Config;
}

function parseOption(entry: Option<unknown>, value: string): unknown {
  try {
    return entry.parse(value === '' ? entry.default : value);
  } catch (error) {
    const shown = entry.secret ? '' : ` "${value}"`;
    const problem = error instanceof Error ? error.message : 'cannot be read';
    throw new MuntraError('config_invalid', `${entry.name}${shown} ${problem}`, `${entry.name}=${entry.example}`);
  }
}
