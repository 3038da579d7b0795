// Builds vega-core.js and LICENSES.txt from the packages that package.json pins. See README.md.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ENTRY = `
import { transforms } from "vega-dataflow";
import * as core from "vega-transforms";
import * as encode from "vega-encode";
import * as view from "vega-view-transforms";
Object.assign(transforms, core, encode, view);
export { parse } from "vega-parser";
export { View } from "vega-view";
export { expressionInterpreter } from "vega-interpreter";
`;

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const pinned = JSON.parse(read("package.json")).dependencies;

const result = await build({
  stdin: { contents: ENTRY, resolveDir: import.meta.dirname },
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "kreportVega",
  platform: "browser",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  write: false,
  metafile: true,
});

const bundled = new Map(); // name → folder
for (const file of Object.keys(result.metafile.inputs)) {
  const [, folder, name] = file.match(/^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//) ?? [];
  if (!name) continue;
  if ((bundled.get(name) ?? folder) !== folder) throw new Error(`two versions of ${name}: ${folder}, ${bundled.get(name)}`);
  bundled.set(name, folder);
}

const names = [...bundled.keys()].sort();
const packages = names.map((name) => {
  const { version, license } = JSON.parse(read(`${bundled.get(name)}/package.json`));
  if (pinned[name] !== version) throw new Error(`pin "${name}": "${version}" in package.json (it says ${pinned[name]})`);
  const file = readdirSync(new URL(bundled.get(name), import.meta.url)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no licence text`);
  return { name, version, license, text: read(`${bundled.get(name)}/${file}`).trim() };
});

const versions = packages.map(({ name, version }) => `${name}@${version}`).join(" ");
const header = `/* Vega core, built by build.mjs with esbuild@${pinned.esbuild}; licences in LICENSES.txt.\n${versions} */\n`;
const code = header + result.outputFiles[0].text;
if (/<\/script|sourceMappingURL/i.test(code)) throw new Error("the bundle would end its element, or asks for a map");

// Packages that share a text share its paragraph.
const texts = grouped(packages);
const licences = [...texts].map(([text, members]) =>
  `${members.map(({ name, version, license }) => `${name} ${version} (${license})`).join("\n")}\n\n${text}\n`);

writeFileSync(new URL("vega-core.js", import.meta.url), code);
writeFileSync(
  new URL("LICENSES.txt", import.meta.url),
  `vega-core.js contains these packages, each under its own licence.\n\n${licences.join(`\n${"-".repeat(80)}\n\n`)}`,
);
console.log(`${packages.length} packages, ${code.length} bytes, ${gzipSync(code, { level: 9 }).length} gzipped`);

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.text, [...(groups.get(item.text) ?? []), item]);
  return groups;
}
