/** Every file of `schema/`, in order, as text: the packaged executable reads no file. */
import init from '../../schema/0001_init.sql';
import dirtyWindows from '../../schema/0002_dirty_windows.sql';

export interface Migration {
  name: string;
  sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { name: '0001_init.sql', sql: init },
  { name: '0002_dirty_windows.sql', sql: dirtyWindows },
];
