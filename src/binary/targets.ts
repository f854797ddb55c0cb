/**
 * Which build of the program fits which machine: a table, and what is asked of the machine.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { capture } from "../process/run.ts";

/** What is known of a machine. */
export interface Machine {
  /** The operating system. */
  os: "linux" | "darwin" | "windows" | "other";
  /** The processor. */
  arch: "x64" | "arm64" | "other";
  /** Whether the processor has AVX2; without it the usual x64 build dies of an illegal instruction. */
  avx2: boolean;
  /** Whether the C library is musl (Alpine). */
  musl: boolean;
}

/** The builds that are published, for each machine the usual one first. */
export const BUILDS: readonly string[] = [
  "linux-x64",
  "linux-x64-baseline",
  "linux-x64-musl",
  "linux-x64-baseline-musl",
  "linux-arm64",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-x64-baseline",
  "darwin-arm64",
  "windows-x64",
  "windows-x64-baseline",
  "windows-arm64",
];

/**
 * The builds to try on a machine, the best first. Those that should not fit come last, since what
 * was detected may be wrong; each is checked with `--version` before it is used.
 *
 * @returns Names as in {@linkcode BUILDS}.
 * @throws {InvalidArgumentError} There is no build for this machine.
 */
export function buildsFor(machine: Machine): string[] {
  const prefix = `${machine.os}-${machine.arch}`;
  const fitting = BUILDS.filter((build) => build === prefix || build.startsWith(`${prefix}-`));
  if (fitting.length === 0) {
    throw new InvalidArgumentError(
      `There is no build of opencode for ${machine.os} on ${machine.arch}: give the path of one ` +
        "that you built as `binary`",
    );
  }
  const misfit = (build: string) =>
    (build.includes("musl") !== machine.musl ? 2 : 0) +
    (build.includes("baseline") !== (machine.arch === "x64" && !machine.avx2) ? 1 : 0);
  return fitting.sort((a, b) => misfit(a) - misfit(b))
    .filter((build) => machine.avx2 || !needsAvx2(build));
}

function needsAvx2(build: string): boolean {
  return build.includes("-x64") && !build.includes("baseline");
}

/** The npm package of a build. */
export function packageOf(build: string): string {
  return `opencode-${build}`;
}

/** The file of a build among a GitHub release's. */
export function assetOf(build: string): string {
  return `opencode-${build}.${build.startsWith("linux") ? "tar.gz" : "zip"}`;
}

/** The program's file name. */
export function programName(os: Machine["os"]): string {
  return os === "windows" ? "opencode.exe" : "opencode";
}

/** How the machine is asked; a test answers in its place. */
export interface Probe {
  /** The operating system. */
  os: Machine["os"];
  /** The processor. */
  arch: Machine["arch"];
  /** A file's text, or `undefined` where it can't be read. */
  readText(path: string): Promise<string | undefined>;
  /** What a program says on both outputs, or `undefined` where it can't be run. */
  run(command: string, args: readonly string[]): Promise<string | undefined>;
}

const AVX2_ON_WINDOWS = '(Add-Type -MemberDefinition \'[DllImport("kernel32.dll")] public static ' +
  "extern bool IsProcessorFeaturePresent(int f);' -Name F -Namespace W -PassThru)" +
  "::IsProcessorFeaturePresent(40)";

/** Asks the machine. What it does not say is taken to be the usual: AVX2, no musl. */
export async function detectMachine(probe: Probe = realProbe()): Promise<Machine> {
  const { os, arch } = probe;
  return { os, arch, avx2: await hasAvx2(probe), musl: await hasMusl(probe) };
}

async function hasAvx2({ os, arch, readText, run }: Probe): Promise<boolean> {
  if (arch !== "x64") return false;
  if (os === "linux") {
    const info = await readText("/proc/cpuinfo");
    return info === undefined || /\bavx2\b/.test(info);
  }
  if (os === "darwin") {
    const said = await run("sysctl", ["-n", "hw.optional.avx2_0"]);
    return said === undefined || said.trim() === "1";
  }
  const said = await run("powershell.exe", ["-NoProfile", "-Command", AVX2_ON_WINDOWS]);
  return said === undefined || !/false/i.test(said);
}

async function hasMusl({ os, readText, run }: Probe): Promise<boolean> {
  if (os !== "linux") return false;
  if (await readText("/etc/alpine-release") !== undefined) return true;
  return /musl/i.test(await run("ldd", ["--version"]) ?? "");
}

function realProbe(): Probe {
  const { platform, files } = host();
  return {
    os: platform.os,
    arch: platform.arch,
    // Deno lets a program without full permissions not read /proc: a shell may.
    readText: (path) =>
      files.readText(path).catch(async () =>
        await run("/bin/sh", ["-c", 'cat -- "$1"', "sh", path]) || undefined
      ),
    run,
  };
}

async function run(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr, status } = await capture(command, { args, timeout: 10_000 });
    // musl's ldd says what it is and fails.
    return status.success || command === "ldd" ? stdout + stderr : undefined;
  } catch {
    return undefined;
  }
}
