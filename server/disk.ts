/** The disk that a directory lies on. */
import { statfsSync } from 'node:fs';

/** Bytes that this user may still write. */
export function freeDisk(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
