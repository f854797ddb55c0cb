/**
 * Where an archive of the program can be had, and what its digest must be.
 *
 * @module
 */
import { DownloadError } from "../errors.ts";
import { getJson } from "./fetch.ts";
import type { Registry } from "./registry.ts";
import { assetOf, packageOf } from "./targets.ts";

/** An archive that can be fetched and checked. */
export interface Archive {
  /** Its address. */
  url: string;
  /** What to send along. */
  headers: Record<string, string>;
  /** How it is packed. */
  kind: "tgz" | "zip";
  /** The digests that it must have; all that are known. */
  digests: { algorithm: "sha256" | "sha512"; base64: string }[];
  /** The program's path in it. */
  entry: string;
}

/** A place to download from. */
export interface Source {
  /** Its name in messages. */
  name: string;
  /** The exact version that a wish such as "latest" comes to. */
  version(wish: string, build: string, signal: AbortSignal): Promise<string>;
  /** The archive of a build. */
  archive(build: string, version: string, signal: AbortSignal): Promise<Archive>;
}

/**
 * SHA-512 of the npm packages of the tested version, as published: what a registry or a mirror says
 * is not enough for these. Only packages that were fetched and run for this version stand here; the
 * others' bytes are held against the `integrity` that the registry says.
 */
const KNOWN_DIGESTS: Readonly<Record<string, string>> = {
  "opencode-linux-x64@1.18.33":
    "q/t/3p2CTxOT9y2kvjesb/LZab2+1eqlhhWA02Be6mjTtmYtNBcBsrI5yDo4Fw7ZSPBW2oyMIGMNRqiKQjiAWw==",
  "opencode-linux-x64-baseline@1.18.33":
    "1KQGBiiDDeL/VHHbHkOvvFo8Jr97WT5+C1tear+p7IcDTnXgVHXqIjU4O4jM4mHQzykTP2i884FCnW5LDa+zCA==",
};

interface Manifest {
  version?: unknown;
  dist?: { tarball?: unknown; integrity?: unknown };
}

/** npm's registry. */
export function npmSource(
  registry: Registry,
  known: Readonly<Record<string, string>> = KNOWN_DIGESTS,
): Source {
  const manifest = async (name: string, version: string, signal: AbortSignal) => {
    const url = `${registry.url}${name}/${encodeURIComponent(version)}`;
    const headers = withAuthorization(registry, url, { accept: "application/json" });
    return await getJson(url, { headers, signal }) as Manifest;
  };
  return {
    name: "the npm registry",
    async version(wish, build, signal) {
      const { version } = await manifest(packageOf(build), wish, signal);
      if (typeof version === "string" && /^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) return version;
      throw new DownloadError(`The registry names no version of ${packageOf(build)} for "${wish}"`);
    },
    async archive(build, version, signal) {
      const name = packageOf(build);
      const { dist } = await manifest(name, version, signal);
      const url = dist?.tarball;
      const integrity = String(dist?.integrity ?? "").split(/\s+/)
        .map((one) => /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(one)?.[1]).find(Boolean);
      if (typeof url !== "string" || !/^https?:/.test(url) || !integrity) {
        throw new DownloadError(`The registry's record of ${name}@${version} has no SHA-512 in it`);
      }
      const published = known[`${name}@${version}`];
      if (published !== undefined && published !== integrity) {
        throw new DownloadError(
          `The registry offers another ${name}@${version} than was published: its SHA-512 is ` +
            `${integrity}, not ${published}`,
        );
      }
      return {
        url,
        headers: withAuthorization(registry, url, {}),
        kind: "tgz",
        digests: [{ algorithm: "sha512", base64: integrity }],
        entry: build.startsWith("windows") ? "package/bin/opencode.exe" : "package/bin/opencode",
      };
    },
  };
}

function withAuthorization(
  registry: Registry,
  url: string,
  headers: Record<string, string>,
): Record<string, string> {
  const authorization = registry.authorization(url);
  return authorization === undefined ? headers : { ...headers, authorization };
}

interface Release {
  tag_name?: unknown;
  assets?: { name?: unknown; browser_download_url?: unknown; digest?: unknown }[];
}

/** GitHub's interface for the releases of the program's repository. */
const GITHUB_RELEASES = "https://api.github.com/repos/anomalyco/opencode/releases";

/** GitHub's releases. */
export function githubSource(base: string = GITHUB_RELEASES): Source {
  const release = async (tag: string, signal: AbortSignal) =>
    await getJson(`${base}/${tag}`, {
      headers: { accept: "application/vnd.github+json" },
      signal,
    }) as Release;
  return {
    name: "GitHub's releases",
    async version(wish, _build, signal) {
      const { tag_name } = await release(wish === "latest" ? "latest" : `tags/${wish}`, signal);
      const version = /^v?(\d+\.\d+\.\d+[\w.+-]*)$/.exec(String(tag_name))?.[1];
      if (version) return version;
      throw new DownloadError(`GitHub names no release for "${wish}"`);
    },
    async archive(build, version, signal) {
      const { assets = [] } = await release(`tags/v${version}`, signal);
      const name = assetOf(build);
      const asset = assets.find((one) => one.name === name);
      const url = asset?.browser_download_url;
      if (typeof url !== "string" || !/^https?:/.test(url)) {
        throw new DownloadError(`GitHub's release v${version} has no file ${name}`);
      }
      const hex = /^sha256:([0-9a-f]{64})$/i.exec(String(asset?.digest))?.[1];
      if (!hex) throw new DownloadError(`GitHub has no SHA-256 for ${name} of v${version}`);
      const bytes = hex.match(/../g)!.map((pair) => String.fromCharCode(parseInt(pair, 16)));
      return {
        url,
        headers: {},
        kind: name.endsWith(".zip") ? "zip" : "tgz",
        digests: [{ algorithm: "sha256", base64: btoa(bytes.join("")) }],
        entry: build.startsWith("windows") ? "opencode.exe" : "opencode",
      };
    },
  };
}
