/** What was opened, to be closed in reverse order; also when opening the next thing fails. */

export interface Closers {
  push(closer: () => unknown): void;
  close(): Promise<void>;
}

/** Gives the work a list to note its closers in; when it throws they are called, and the error goes on. */
export async function withClosers<T>(work: (closers: Closers) => Promise<T>): Promise<T> {
  const noted: (() => unknown)[] = [];
  const closers: Closers = {
    push: closer => noted.push(closer),
    async close() {
      for (let closer = noted.pop(); closer; closer = noted.pop()) await closer();
    },
  };
  try {
    return await work(closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}
