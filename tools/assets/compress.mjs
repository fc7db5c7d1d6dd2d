/**
 * Writes what compresses well a second and a third time, as brotli and gzip, so that the server need not compress it for
 * every reader: `node compress.mjs FOLDER`.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const [folder] = process.argv.slice(2);
const worthwhile = new Set([".css", ".js", ".svg"]);
const smallest = 1024;

async function compress(name) {
  const content = await readFile(join(folder, name));
  if (content.length < smallest) return;
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
    promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  await Promise.all([writeFile(join(folder, `${name}.br`), brotli), writeFile(join(folder, `${name}.gz`), gzipped)]);
}

const names = await readdir(folder);
await Promise.all(names.filter((name) => worthwhile.has(extname(name))).map(compress));
