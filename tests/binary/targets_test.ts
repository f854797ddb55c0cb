import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { InvalidArgumentError, UnsupportedServerError } from "../../src/errors.ts";
import {
  assetOf,
  BUILDS,
  buildsFor,
  detectMachine,
  type Machine,
  packageOf,
  type Probe,
  programName,
} from "../../src/binary/targets.ts";
import { parseVersion, supportOf } from "../../src/binary/versions.ts";

for (
  const [os, arch, avx2, musl, expected] of [
    ["linux", "x64", true, false, ["linux-x64", "linux-x64-baseline"]],
    ["linux", "x64", false, false, ["linux-x64-baseline"]],
    ["linux", "x64", true, true, ["linux-x64-musl", "linux-x64-baseline-musl"]],
    ["linux", "x64", false, true, ["linux-x64-baseline-musl"]],
    ["linux", "arm64", false, false, ["linux-arm64"]],
    ["linux", "arm64", false, true, ["linux-arm64-musl"]],
    ["darwin", "x64", true, false, ["darwin-x64", "darwin-x64-baseline"]],
    ["darwin", "x64", false, false, ["darwin-x64-baseline"]],
    ["darwin", "arm64", false, false, ["darwin-arm64"]],
    ["windows", "x64", true, false, ["windows-x64", "windows-x64-baseline"]],
    ["windows", "x64", false, false, ["windows-x64-baseline"]],
    ["windows", "arm64", false, false, ["windows-arm64"]],
  ] as [Machine["os"], Machine["arch"], boolean, boolean, string[]][]
) {
  const traits = [avx2 ? "AVX2" : "", musl ? "musl" : ""].filter(Boolean).join(" and ") ||
    "neither";
  test(`buildsFor puts the fitting builds first for ${os} ${arch} with ${traits}`, () => {
    const builds = buildsFor({ os, arch, avx2, musl });
    assertEquals(builds.slice(0, expected.length), expected);
    assertEquals(builds.filter((build) => !BUILDS.includes(build)), []);
    // None that dies of an illegal instruction.
    if (!avx2) assertEquals(builds.filter((b) => b.includes("x64") && !b.includes("baseline")), []);
  });
}

test("buildsFor throws when there is no build for the machine", () => {
  for (
    const machine of [
      { os: "other", arch: "x64", avx2: true, musl: false },
      { os: "linux", arch: "other", avx2: false, musl: false },
    ] as Machine[]
  ) assertThrows(() => buildsFor(machine), InvalidArgumentError, "There is no build");
});

test("packageOf and assetOf name what is published", () => {
  assertEquals(BUILDS.length, 12);
  assertEquals(packageOf("linux-x64-baseline-musl"), "opencode-linux-x64-baseline-musl");
  assertEquals(assetOf("linux-arm64-musl"), "opencode-linux-arm64-musl.tar.gz");
  assertEquals(assetOf("darwin-arm64"), "opencode-darwin-arm64.zip");
  assertEquals(assetOf("windows-x64-baseline"), "opencode-windows-x64-baseline.zip");
  assertEquals([programName("windows"), programName("darwin")], ["opencode.exe", "opencode"]);
});

function probe(
  os: Machine["os"],
  arch: Machine["arch"],
  files: Record<string, string>,
  programs: Record<string, string>,
): Probe {
  return {
    os,
    arch,
    readText: (path) => Promise.resolve(files[path]),
    run: (command, args) => Promise.resolve(programs[[command, ...args].join(" ").slice(0, 40)]),
  };
}

const POWERSHELL = "powershell.exe -NoProfile -Command (Add-Type -MemberDefinition".slice(0, 40);

for (
  const [what, asked, avx2, musl] of [
    [
      "Linux with AVX2",
      probe("linux", "x64", { "/proc/cpuinfo": "flags: sse4_2 avx2 bmi" }, {
        "ldd --version": "ldd (GNU libc) 2.41",
      }),
      true,
      false,
    ],
    [
      "Linux without AVX2",
      probe("linux", "x64", { "/proc/cpuinfo": "flags: avx sse4_2" }, {}),
      false,
      false,
    ],
    ["Linux that can't be read", probe("linux", "x64", {}, {}), true, false],
    [
      "Alpine",
      probe("linux", "x64", {
        "/etc/alpine-release": "3.22",
        "/proc/cpuinfo": "avx2",
      }, {}),
      true,
      true,
    ],
    [
      "another musl Linux",
      probe("linux", "arm64", {}, { "ldd --version": "musl libc (aarch64)" }),
      false,
      true,
    ],
    [
      "a new Intel Mac",
      probe("darwin", "x64", {}, { "sysctl -n hw.optional.avx2_0": "1\n" }),
      true,
      false,
    ],
    [
      "an old Intel Mac",
      probe("darwin", "x64", {}, { "sysctl -n hw.optional.avx2_0": "0\n" }),
      false,
      false,
    ],
    ["Apple silicon", probe("darwin", "arm64", {}, {}), false, false],
    ["Windows with AVX2", probe("windows", "x64", {}, { [POWERSHELL]: "True\r\n" }), true, false],
    ["old Windows", probe("windows", "x64", {}, { [POWERSHELL]: "False\r\n" }), false, false],
  ] as [string, Probe, boolean, boolean][]
) {
  test(`detectMachine tells AVX2 and musl on ${what}`, async () => {
    const { os, arch } = asked;
    assertEquals(await detectMachine(asked), { os, arch, avx2, musl });
  });
}

test("parseVersion takes a version and nothing else", () => {
  assertEquals(parseVersion("1.18.33\n"), "1.18.33");
  assertEquals(parseVersion("opencode v1.18.33-beta.1\r\n"), "1.18.33-beta.1");
  assertEquals(parseVersion("a warning\n1.18.33"), "1.18.33");
  for (const text of ["", "1.18", "GNU bash, version 5.2.15(1)-release", "v20", "1.2.3 and more"]) {
    assertEquals(parseVersion(text), undefined);
  }
});

test("supportOf tells tested, untested and foreign generations apart", () => {
  assertEquals(supportOf("1.18.33", "it"), "tested");
  assertEquals(supportOf("1.18.0", "it"), "tested");
  assertEquals(supportOf("1.19.0", "it"), "untested");
  assertEquals(supportOf("1.0.0", "it"), "untested");
  for (const version of ["2.0.0", "0.15.1", "10.0.0"]) {
    assertThrows(
      () => supportOf(version, "it"),
      UnsupportedServerError,
      `it is opencode ${version}`,
    );
  }
});
