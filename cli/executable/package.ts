/**
 * Makes `dist/muntra-<platform>-<arch>`: the bundle, the project's own Node and PostgreSQL's programs in one file that
 * runs without Node; and beside it what a release has of it, `.gz` and `.gz.sha256`, as install.sh takes them. Downloads
 * nothing. Run by `npm run package`.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { tableInPackage } from '../../server/geo/built-in-table.ts';
import type { AssetName } from '../../server/packaged.ts';
import { packDirectory, sha256 } from '../../server/store/archive.ts';
import { copyPrograms, findPackage } from '../../server/store/binaries.ts';
import { ROOT, writeBundle } from './bundle.ts';

/** The part of pkg that takes a Node from the disk: its command line would download one. */
type Sea = (entry: string, options: object) => Promise<void>;
const { default: sea } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js') as { default: Sea };

const BEST = { [constants.ZSTD_c_compressionLevel]: 19 };

const platform = process.platform === 'darwin' ? 'macos' : process.platform;
const output = join(ROOT, `dist/muntra-${platform}-${process.arch}`);
const work = mkdtempSync(join(tmpdir(), 'muntra-package-'));
try {
  const main = join(work, 'muntra.cjs');
  // One file; what is imported lazily is still evaluated lazily.
  await writeBundle({ file: main, format: 'cjs', codeSplitting: false, minify: true });

  const programs = join(work, 'postgres');
  copyPrograms(findPackage().directory, programs);
  const assets = {
    ...asset('postgres', packDirectory(programs)),
    ...asset('country', zstdCompressSync(readFileSync(tableInPackage()), { params: BEST })),
  };

  await sea(main, {
    targets: [{ nodeRange: `node${process.versions.node}`, platform, arch: process.arch, output }],
    nodePath: strippedNode(join(work, 'node')),
    seaConfig: {
      useCodeCache: true,
      execArgv: nodeFlags(),
      execArgvExtension: 'none',
      assets,
    },
  });
  const made = readFileSync(output);
  // Every machine can unpack it; zstd would save a fifth (49 MB instead of 61), and few have it.
  const packed = gzipSync(made, { level: 9 });
  writeFileSync(`${output}.gz`, packed);
  for (const [path, content] of [
    [output, made],
    [`${output}.gz`, packed],
  ] as const) {
    writeFileSync(`${path}.sha256`, `${hash('sha256', content)}  ${basename(path)}\n`);
    process.stdout.write(`${path}  ${(content.length / 1e6).toFixed(1)} MB\n`);
  }
} finally {
  rmSync(work, { recursive: true });
}

/** As server/packaged.ts finds it: name -> file, of the bytes and of their mark. */
function asset(name: AssetName, bytes: Uint8Array): Record<string, string> {
  const [file, mark] = [join(work, `${name}.zst`), join(work, `${name}.mark`)];
  writeFileSync(file, bytes);
  writeFileSync(mark, sha256(bytes).slice(0, 12));
  return { [name]: file, [`${name}.mark`]: mark };
}

/** Those of the launcher of a checkout. */
function nodeFlags(): string[] {
  const launcher = readFileSync(join(ROOT, 'cli/executable/muntra'), 'utf8');
  const [, flags] = /^exec "\$node" (--.+) \\$/m.exec(launcher) ?? [];
  if (!flags) throw new Error('cli/executable/muntra starts Node in another way than package.ts expects');
  return flags.split(' ');
}

/** Before the injection, which strip would undo. Its symbols are 18 MB. */
function strippedNode(path: string): string {
  cpSync(realpathSync(process.execPath), path);
  try {
    execFileSync('strip', [path]);
  } catch {
    process.stderr.write('strip is not installed (Debian: binutils): the executable will be 18 MB larger\n');
  }
  return path;
}
