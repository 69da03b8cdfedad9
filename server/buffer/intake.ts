/** Where `/collect` puts events and the flush finds them: one buffer, or several with one standing in for another. */
import type { Buffer } from './buffer.ts';

export interface Intake {
  readonly kind: Buffer['kind'];
  /** All that the flush drains. May grow. */
  readonly buffers: readonly Buffer[];
  /** As `Buffer.append`. */
  append(payload: string): Promise<void>;
  /** Whether Redis takes events; null where there is none. */
  readonly redisUp: boolean | null;
}

export function spoolIntake(spool: Buffer): Intake {
  return {
    kind: 'spool',
    buffers: [spool],
    append: payload => spool.append(payload),
    redisUp: null,
  };
}

/** What waits in those buffers that answer. */
export async function waiting(buffers: readonly Buffer[]): Promise<{ events: number; bytes: number }> {
  const depths = await Promise.all(buffers.map(buffer => buffer.depth().catch(() => ({ events: 0, bytes: 0 }))));
  return {
    events: depths.reduce((sum, { events }) => sum + events, 0),
    bytes: depths.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
