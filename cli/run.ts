/**
 * The program: global flags, dispatch, and what an error becomes. A command's module is loaded when the command is
 * called, and only then adds its options and its action: `--version` and `--help` load none.
 */
import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { systemCode } from '../server/errors.ts';
import { asTyped } from './as-typed.ts';
import { CATALOG } from './catalog.ts';
import { MuntraCommand } from './command.ts';
import type { Flags } from './context.ts';
import { terminalOf } from './output/terminal.ts';
import { Interrupted, type World } from './world.ts';

/** Runs one command line; resolves to its exit code and never throws. */
export async function run(world: World): Promise<number> {
  const program = createProgram(world);
  try {
    await program.parseAsync(withHelp(world.argv), { from: 'user' }).catch(unlessPrinted);
    await written(world.stdout);
    return 0;
  } catch (error) {
    // Help instead of a missing command.
    if (error instanceof CommanderError) return 2;
    return await ended(world, program.opts<Flags>(), error);
  }
}

/** Commander throws also when help that was asked for, or the version, was printed. */
function unlessPrinted(error: unknown): void {
  if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
}

/** Waits until all is out, and throws what stands in the way. A reader who has seen enough does not. */
function written(stdout: World['stdout']): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write('', error => (error && systemCode(error) !== 'EPIPE' ? reject(error) : resolve()));
  });
}

function createProgram(world: World): MuntraCommand {
  const program = new MuntraCommand('muntra');
  program
    .description(`${manifest.description}.`)
    .version(`muntra ${manifest.version}`, '-v, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .helpCommand(false)
    .option('--server <url>', 'The server to ask (default: the one of this machine)')
    .option('--data-dir <path>', 'Where that server keeps muntra.env and its data')
    .option(
      '--token-stdin',
      'Read the token from stdin (default: from the environment, or the muntra.env of that server)',
    )
    .option('--no-color', 'Print plain text')
    .configureHelp({
      styleTitle: title => styleText('bold', title, { validateStream: false }),
      subcommandTerm: command =>
        [command.name(), command.usage().replace(/\[options\] ?|\[command\]/g, '')].join(' ').trim(),
    })
    .exitOverride();
  const terminal = (stream: 'stdout' | 'stderr') => terminalOf(world[stream], world.env, program.opts<Flags>().color);
  program.configureOutput({
    writeOut: text => world.stdout.write(asTyped(text, world)),
    writeErr: text => world.stderr.write(asTyped(text, world)),
    getOutHelpWidth: () => terminal('stdout').columns,
    getErrHelpWidth: () => terminal('stderr').columns,
    getOutHasColors: () => terminal('stdout').color,
    getErrHasColors: () => terminal('stderr').color,
  });
  for (const [group, entries] of Object.entries(CATALOG)) {
    for (const { name, summary } of entries) program.command(name).description(summary).helpGroup(group);
  }
  const globalFlags = ({ command }: { command: unknown }) =>
    command === program
      ? ''
      : '\nEvery command also takes --server, --data-dir, --token-stdin and --no-color: see muntra --help';
  program.addHelpText('afterAll', globalFlags);
  return program.hook('preSubcommand', async (_, command) => define(command, world, program.opts<Flags>()));
}

async function define(command: unknown, world: World, flags: Flags): Promise<void> {
  if (!(command instanceof MuntraCommand)) return;
  const entry = Object.values(CATALOG)
    .flat()
    .find(({ name }) => name === command.name());
  const [module, { createContext }] = await Promise.all([entry?.load(), import('./context.ts')]);
  module?.define(command, createContext(world, flags));
}

const NAMES = new Set(Object.values(CATALOG).flatMap(entries => entries.map(({ name }) => name)));

/** `muntra` alone and `muntra help stats` ask for help too. About what is no command there is none: without the flag it is told. */
function withHelp(argv: string[]): string[] {
  const [first, ...rest] = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  if (first === undefined) return ['--help'];
  return first.startsWith('-') || NAMES.has(first) ? [first, ...rest] : [first];
}

/** The exit code of a command that threw; prints its error, unless it was interrupted. */
async function ended(world: World, flags: Flags, error: unknown): Promise<number> {
  // What listens to a signal throws its reason, or an AbortError in its place; what prints after an error, another one.
  const aborted =
    error instanceof Error && (error.name === 'AbortError' || systemCode(error) === 'ERR_STREAM_DESTROYED');
  const reason: unknown = aborted && world.interrupt.aborted ? world.interrupt.reason : error;
  if (reason instanceof Interrupted) return reason.exitCode;
  const [{ asMuntraError, failureLines }, { paint }] = await Promise.all([
    import('./failure.ts'),
    import('./output/line.ts'),
  ]);
  const failure = asMuntraError(reason);
  world.stderr.write(paint(failureLines(failure, world), terminalOf(world.stderr, world.env, flags.color)));
  return failure.exitCode;
}
