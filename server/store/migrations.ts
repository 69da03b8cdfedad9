/** Every file of `schema/`, in order, as text: the packaged executable reads no file. */
import init from '../../schema/0001_init.sql';

export interface Migration {
  name: string;
  sql: string;
}

export const MIGRATIONS: readonly Migration[] = [{ name: '0001_init.sql', sql: init }];
