/** `docs/configuration.md`, made from the option table; a test keeps the file equal to it (`npx vitest -u` writes it). */
import { OPTIONS } from './options.ts';

const INTRODUCTION = `# Configuration

Every setting is a variable. A flag wins over the environment, the environment over \`muntra.env\` in the data directory; that
file holds \`KEY=value\` lines and serves systemd (\`EnvironmentFile=\`) and docker compose (\`env_file:\`) as well. The first
start writes it, readable by its owner alone, with a random token and \`MUNTRA_HTTP_ADDR=127.0.0.1:8090\`. That address, which
nobody reaches from outside, \`muntra start\` adds to every file without one, unless the environment has an address. An empty
variable counts as not set. A value that cannot be read stops the start with the variable's name and an example.
Values with spaces, \`#\`, \`\\\` or \`$\` stand in \`'single quotes'\`: what systemd and compose read differently is refused.

Durations are written as \`90s\`, \`15m\`, \`1h30m\` or \`400d\`, sizes as \`512KB\`, \`256MB\` or \`1GB\`.

With neither \`MUNTRA_POSTGRES_DSN\` nor \`MUNTRA_REDIS_URL\` everything lies in the data directory: events wait in files, and a
private PostgreSQL runs there.
`;

export function configurationPage(): string {
  const rows = Object.values(OPTIONS).map(({ name, default: value, example, help }) =>
    [`\`${name}\``, value === '' ? 'empty' : `\`${value}\``, help, `\`${example}\``].map(cell).join(' | '),
  );
  const table = ['Variable | Default | What it does | Example', '--- | --- | --- | ---', ...rows].map(
    row => `| ${row} |`,
  );
  return `${INTRODUCTION}\n${table.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
