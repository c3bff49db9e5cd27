// Bundles our script and style, the charts, and the icons that templates name, into the package's static/dist.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const staff = join(here, "../src/nuanxin/interfaces");
const dist = join(staff, "static/dist");
const manifest = {};

function put(name, content) {
  const data = Buffer.from(content);
  const mark = createHash("sha256").update(data).digest("hex").slice(0, 8);
  const file = `${basename(name, extname(name))}-${mark}${extname(name)}`;
  writeFileSync(join(dist, file), data);
  writeFileSync(join(dist, `${file}.gz`), gzipSync(data, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  writeFileSync(join(dist, `${file}.br`), brotliCompressSync(data, { params: quality }));
  manifest[name] = file;
}

function textFiles(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((name) => /\.(html|py)$/.test(name));
}

/** The icons named in templates and pages, as `{% icon "home" %}`, `icon="home"` or `{% empty title todo "home" %}`. */
function usedIcons() {
  const patterns = [/icon(?:: str =|=|\s)\s*"([a-z0-9-]+)"/g, /\{% empty \S+ \S+ "([a-z0-9-]+)"/g];
  const names = new Set();
  for (const file of [...textFiles(join(staff, "templates")), ...textFiles(join(staff, "staff"))])
    for (const pattern of patterns)
      for (const [, name] of readFileSync(file, "utf8").matchAll(pattern)) names.add(name);
  return [...names].sort();
}

function sprite(names) {
  const symbols = names.map((name) => {
    const svg = readFileSync(join(here, `node_modules/@tabler/icons/icons/outline/${name}.svg`), "utf8");
    const shape = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").trim().replace(/\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shape}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const bundle = await build({
  entryPoints: ["app.js", "charts.js", "app.css"].map((name) => join(here, "src", name)),
  bundle: true, minify: true, format: "iife", target: ["chrome100", "firefox100", "safari15"],
  legalComments: "none", outdir: dist, write: false,
});
for (const file of bundle.outputFiles) put(basename(file.path), file.contents);
put("icons.svg", sprite(usedIcons()));
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, 1));
for (const [name, file] of Object.entries(manifest))
  console.log(name, Math.round(readFileSync(join(dist, `${file}.gz`)).length / 1024), "kB gzip");
