/** The commands, in the order and the groups of the help. Each module is loaded when its command is called. */
import type { MuntraCommand } from './command.ts';
import type { Context } from './context.ts';

export interface Entry {
  name: string;
  summary: string;
  load(): Promise<Module>;
}

interface Module {
  /** Adds options, subcommands and actions. */
  define(command: MuntraCommand, context: Context): void;
}

const entry = (name: string, summary: string, load: () => Promise<Module>): Entry => ({ name, summary, load });

export const CATALOG: Record<string, Entry[]> = {
  'Reports:': [
    entry('stats', 'Print the report about a site, or all sites at a glance', () => import('./commands/stats.ts')),
    entry('top', 'Print one list in full: pages, referrers, countries ...', () => import('./commands/top.ts')),
    entry('live', 'Watch who is on a site, or on all sites, now', () => import('./commands/live.ts')),
  ],
  'Sites:': [
    entry('sites', 'Add, list and remove sites', () => import('./commands/sites.ts')),
    entry('origins', 'Whose pages may send events for a site', () => import('./commands/origins.ts')),
  ],
  'Data:': [
    entry('import', 'Store events of the past from a file', () => import('./commands/import.ts')),
    entry('rollup', 'Bring the rollups up to date, or compute them anew', () => import('./commands/rollup.ts')),
    entry('prune', 'Drop the events that are past their retention', () => import('./commands/prune.ts')),
    entry('export', 'Write the events themselves, as JSON lines or CSV', () => import('./commands/export.ts')),
    entry('privacy', 'Print what is kept of visitors, and a text for them', () => import('./commands/privacy.ts')),
    entry('forget', "Remove today's events of a visitor", () => import('./commands/forget.ts')),
    entry('usage', 'Print what events take, and how long the disk lasts', () => import('./commands/usage.ts')),
    entry('backup', 'Write all there is into one file, or try such a file out', () => import('./commands/backup.ts')),
    entry('restore', 'Put a backup in the place of what is there', () => import('./commands/restore.ts')),
  ],
  'Server:': [
    entry('init', 'Set everything up, by questions or by flags', () => import('./commands/init.ts')),
    entry('start', 'Run the server', () => import('./commands/start.ts')),
    entry('demo', 'Try it: a throw-away server with a month of history', () => import('./commands/demo.ts')),
    entry('migrate', 'Bring the database to this version', () => import('./commands/migrate.ts')),
    entry('service', 'Run the server as a systemd service', () => import('./commands/service.ts')),
    entry('proxy', 'Serve Muntra under the address of a site, and check it', () => import('./commands/proxy.ts')),
    entry('flush', 'Store the events that wait', () => import('./commands/flush.ts')),
    entry('explain', 'Tell what becomes of an event, and why', () => import('./commands/explain.ts')),
    entry('token', 'Let others ask the server: make, list and revoke tokens', () => import('./commands/token.ts')),
    entry('doctor', 'Look at everything that may go wrong', () => import('./commands/doctor.ts')),
    entry('healthcheck', 'Exit with 0 when the server is ready', () => import('./commands/healthcheck.ts')),
    entry('completion', 'Print what a shell needs to complete command lines', () => import('./commands/completion.ts')),
    entry('version', 'Print the version, and what it is made of', () => import('./commands/version.ts')),
  ],
};
