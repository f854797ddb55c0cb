/**
 * A registry of JSR's shape on loopback: `@std/*`, taken from the npm package that stands in for it
 * here, and this checkout's own package, as `deno publish` would upload it.
 */
import { installCompiler } from "../../scripts/npm_types.ts";
import { filesOf } from "../../scripts/npm_package.ts";

/** A running registry. */
export interface JsrServer extends AsyncDisposable {
  /** What goes into `JSR_URL`. */
  url: string;
  /** The paths that were asked for. */
  asked: string[];
}

interface Package {
  version: string;
  exports: Record<string, string>;
  /** The modules' texts, by path from the package's root, such as `/mod.ts`. */
  files: Record<string, string>;
}

/** Starts one. */
export async function jsrServer(): Promise<JsrServer> {
  const packages = { ...await std(), "@x/opencode": await own() };
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const body = await answer(packages, decodeURIComponent(pathname));
    if (body === undefined) return new Response("not found", { status: 404 });
    const type = pathname.endsWith(".json") ? "application/json" : "application/typescript";
    return new Response(body, { headers: { "content-type": type } });
  });
  const { port } = server.addr;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answer(
  packages: Record<string, Package>,
  path: string,
): Promise<string | undefined> {
  const [, name, file] = /^\/(@[^/]+\/[^/]+)(\/.*)$/.exec(path) ?? [];
  const found = packages[name ?? ""];
  if (found === undefined || file === undefined) return undefined;
  const { version, exports, files } = found;
  const [scope, short] = name!.slice(1).split("/");
  if (file === "/meta.json") {
    return JSON.stringify({ scope, name: short, latest: version, versions: { [version]: {} } });
  }
  if (file === `/${version}_meta.json`) {
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [path, text] of Object.entries(files)) {
      const bytes = new TextEncoder().encode(text);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      manifest[path] = { size: bytes.length, checksum: `sha256-${digest.toHex()}` };
    }
    return JSON.stringify({ manifest, exports });
  }
  return file.startsWith(`/${version}/`) ? files[file.slice(version.length + 1)] : undefined;
}

/** The smallest versions that `deno.json` asks for. */
async function std(): Promise<Record<string, Package>> {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const map = JSON.parse(await Deno.readTextFile("scripts/std_from_npm.json")).imports;
  const source = `${await installCompiler("5.9")}/node_modules/deno-std`;
  const modules: Record<string, string> = {};
  for (const path of await filesOf(source, ".js")) {
    modules[path.slice(source.length)] = await Deno.readTextFile(path);
  }
  const packages: Record<string, Package> = {};
  for (const [name, specifier] of Object.entries(imports as Record<string, string>)) {
    const version = /@\^([\d.]+)$/.exec(specifier)![1]!;
    const files = { ...modules };
    const exports: Record<string, string> = {};
    for (const [specifier, stand] of Object.entries(map as Record<string, string>)) {
      if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
      const entry = specifier === name ? "." : `.${specifier.slice(name.length)}`;
      exports[entry] = await serveStandIn(stand.slice(1), files);
    }
    packages[name] = { version, exports, files };
  }
  return packages;
}

/** Serves a stand-in from `scripts/std/`, with npm's module and the types beside it. */
async function serveStandIn(path: string, files: Record<string, string>): Promise<string> {
  const url = new URL(path, "file:///");
  const text = await Deno.readTextFile(`scripts${path}`);
  const types = /@ts-types="([^"]+)"/.exec(text)?.[1];
  if (types !== undefined) {
    const file = new URL(types, url).pathname;
    files[file] = await Deno.readTextFile(`scripts${file}`);
  }
  const up = "../".repeat(path.split("/").length - 2);
  files[path] = text.replaceAll(
    /"npm:deno-std@[^/]+\/([^"]+)"/g,
    (_, module) => `"${up}${module}"`,
  );
  return `.${path}`;
}

/** This checkout's package: what `publish.include` names, with specifiers as JSR writes them. */
async function own(): Promise<Package> {
  const config = await Deno.readTextFile("deno.json");
  const { version, exports, imports, publish } = JSON.parse(config);
  const files: Record<string, string> = {};
  for (const included of publish.include as string[]) {
    const { isDirectory } = await Deno.stat(included);
    const paths = isDirectory ? await filesOf(included.replace(/\/$/, ""), "") : [included];
    for (const path of paths) {
      const text = await Deno.readTextFile(path);
      files[`/${path}`] = path.endsWith(".ts") ? unfurled(text, imports) : text;
    }
  }
  return { version, exports, files };
}

/** `@std/path/posix/join` is `jsr:@std/path@^1.1.0/posix/join`. */
function unfurled(text: string, imports: Record<string, string>): string {
  return text.replaceAll(/from "(@std\/[^/"]+)(\/[^"]+)?"/g, (whole, name, subpath = "") => {
    return imports[name] === undefined ? whole : `from "${imports[name]}${subpath}"`;
  });
}

if (import.meta.main) {
  const { url } = await jsrServer();
  console.log(`JSR_URL=${url}`);
}
