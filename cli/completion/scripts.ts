/**
 * Completion scripts. Each walks the words of the line as far as they are commands, and offers what may follow there; where
 * nothing fits, files.
 */
import type { Place, Word } from './tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, places: Place[]): string {
  return { bash, zsh, fish }[shell](places);
}

function bash(places: Place[]): string {
  const cases = places.map(({ path, words }) => `    ${quoted(path)}) words=${quoted(words.map(text).join(' '))} ;;`);
  return `# muntra in bash: source <(muntra completion bash)
_muntra() {
  local at='' i words=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${commands(places)}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _muntra muntra
`;
}

function zsh(places: Place[]): string {
  const described = ({ text, what }: Word): string => quoted(`${text}:${what.replaceAll(':', '\\:')}`);
  const cases = places.map(({ path, words }) => `    ${quoted(path)}) offered=(${words.map(described).join(' ')}) ;;`);
  return `#compdef muntra
# muntra in zsh: source <(muntra completion zsh)
_muntra() {
  local at='' i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    case "\${at:+$at }\${words[i]}" in
      ${commands(places)}) at="\${at:+$at }\${words[i]}" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  _describe muntra offered || _files
}
compdef _muntra muntra
`;
}

function fish(places: Place[]): string {
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ text, what }) => {
      const offered = text.startsWith('--') ? `-l ${text.slice(2)}` : `-a ${quoted(text)}`;
      return `complete -c muntra -n ${quoted(`__muntra_at '${path}'`)} ${offered} -d ${quoted(what)}`;
    }),
  );
  return `# muntra in fish: muntra completion fish | source
function __muntra_at
  set -l at ''
  for word in (commandline -opc)[2..]
    switch (string trim -- "$at $word")
      case ${places
        .filter(({ path }) => path !== '')
        .map(({ path }) => quoted(path))
        .join(' ')}
        set at (string trim -- "$at $word")
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** As a pattern of `case`. */
const commands = (places: Place[]): string =>
  places.flatMap(({ path }) => (path === '' ? [] : quoted(path))).join(' | ');

const text = (word: Word): string => word.text;

/** For all three shells: between single quotes only a single quote means something. */
const quoted = (raw: string): string => `'${raw.replaceAll("'", "'\\''")}'`;
