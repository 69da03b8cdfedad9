/** Settings of the embedded PostgreSQL, small and private, passed on its command line so that no file can be stale. */

const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '20',
  // Memory: the machine's page cache does most of the caching.
  shared_buffers: '16MB',
  work_mem: '8MB',
  maintenance_work_mem: '32MB',
  // ANALYZE keeps 300 rows for each of these: 100, the default, takes 16 MB each time the autovacuum comes by.
  default_statistics_target: '25',
  wal_buffers: '1MB',
  huge_pages: 'off',
  jit: 'off',
  // Processes: no helpers for reading, replication or, where nobody asks for them, queries; one autovacuum worker.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  autovacuum_max_workers: '1',
  autovacuum_worker_slots: '2',
  // Disk: little log is kept, as nothing is replicated.
  wal_level: 'minimal',
  max_wal_senders: '0',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  // A question over years locks every month's table and indexes.
  max_locks_per_transaction: '256',
  random_page_cost: '1.1',
  effective_cache_size: '512MB',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  // The log is for what befalls the server; statements, which hold visitors' data, are never in it.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
};

export type Settings = Record<string, string>;

export function settingArguments(own: Settings): string[] {
  return Object.entries({ ...SETTINGS, ...own }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
