/** Words for people for what the system says of a file. */
import { MuntraError, systemCode } from '../../server/errors.ts';

const PROBLEMS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a file is in the way',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EEXIST: 'it exists',
  ELOOP: 'its links lead in a circle',
  EPIPE: 'its reader is gone',
};

/** Other errors are left as they are. */
export function fileFailure(what: 'read' | 'written', path: string, cause: unknown): unknown {
  const code = systemCode(cause);
  const problem = /^Z(STD)?_/.test(code) ? 'it is damaged, or not compressed as its name says' : PROBLEMS[code];
  if (problem === undefined) return cause;
  return new MuntraError('file', `${path} cannot be ${what}: ${problem}`, 'check the path and its rights', { cause });
}
