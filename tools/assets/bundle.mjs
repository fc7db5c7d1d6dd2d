/**
 * Bundles styles and ES modules into one folder with content-hashed names and a manifest.
 *
 * Called by tools/build_assets.py as `node bundle.mjs ROOT OUT`. Every file in vendor/ is an entry of its own; modules of
 * ours load one with `await import("vendor/echarts")`, which esbuild turns into the same hashed file.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";

import esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const [root, out] = process.argv.slice(2);
const vendorFolder = join(root, "tools/assets/vendor");
const staticFolder = join(root, "banyan/core/web/static");
// The oldest browsers with everything our modules use: dialog, :has, container queries.
const target = ["chrome111", "edge111", "firefox121", "safari16.4"];

/** Removes the rules of vendor.css that nothing of ours can match. */
function purge() {
  return {
    name: "purge",
    setup(build) {
      build.onLoad({ filter: /(tabler|tom-select\.bootstrap5)\.css$/ }, async ({ path }) => {
        const safelist = JSON.parse(await readFile(join(root, "tools/assets/safelist.json"), "utf8"));
        const [{ css }] = await new PurgeCSS().purge({
          content: [join(root, "banyan/**/templates/**/*.html"), join(staticFolder, "js/**/*.js")],
          css: [{ raw: await readFile(path, "utf8"), name: path }],
          safelist: { standard: [...safelist.standard, ...safelist.patterns.map((pattern) => new RegExp(pattern))] },
          keyframes: true,
          fontFace: true,
        });
        return { contents: css, loader: "css" };
      });
    },
  };
}

/** Bundles the entries (name to path) and returns their output files, keyed by entry name with extension. */
async function bundle(entryPoints, options) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    assetNames: "[name]-[hash]",
    bundle: true,
    chunkNames: "chunk-[hash]",
    entryNames: "[name]-[hash]",
    entryPoints,
    external: ["/static/*"],
    legalComments: "linked",
    loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
    logLevel: "warning",
    metafile: true,
    minify: true,
    outdir: out,
    target,
    ...options,
  });
  const files = {};
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    const name = Object.keys(entryPoints).find((key) => relative(root, entryPoints[key]) === entryPoint);
    files[name + extname(path)] = basename(path);
  }
  return files;
}

/** Returns the files of vendor/ with this extension, by their names without it. */
async function vendorEntriesOf(extension) {
  const names = (await readdir(vendorFolder)).filter((name) => extname(name) === extension);
  return Object.fromEntries(names.map((name) => [basename(name, extension), join(vendorFolder, name)]));
}

const vendorEntries = await vendorEntriesOf(".js");
const alias = Object.fromEntries(Object.entries(vendorEntries).map(([name, path]) => [`vendor/${name}`, path]));

try {
  const modules = await bundle(
    // theme.js has no import, so its bundle also runs as the classic script that a page needs before its first paint.
    { ...vendorEntries, app: join(staticFolder, "js/app.js"), theme: join(staticFolder, "js/theme.js") },
    { alias, format: "esm", splitting: true },
  );
  const styles = await bundle(
    { ...(await vendorEntriesOf(".css")), app: join(staticFolder, "css/app.css") },
    { plugins: [purge()] },
  );
  await writeFile(join(out, "manifest.json"), JSON.stringify({ ...modules, ...styles }, null, 2));
} catch (error) {
  // esbuild has already shown its own errors, with the lines they are in.
  if (!error.errors) throw error;
  process.exitCode = 1;
}
