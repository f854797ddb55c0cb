import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { plant } from "./support.ts";

/** A tree with all that a search could stumble over. */
export async function jungle(root: string): Promise<void> {
  const { files } = host();
  await plant(root, {
    ".gitignore": [
      "# comment",
      "*.log",
      "!keep.log",
      "/build",
      "node_modules/",
      "docs/*.tmp",
      "**/cache/**",
      "!**/cache/.keep",
      "\\#hash.txt",
      "\\!bang.txt",
      "trailing.txt   ",
      "escaped\\ ",
      "q?.txt",
      "set[abc].txt",
      "not[!abc].txt",
      "deep/**/gone.txt",
      "file-or-dir",
      "dir-only/",
      "",
    ].join("\n"),
    "a.ts": "needle one\nnothing\nneedle two\n",
    "b.js": "const needle = 1;\r\nlast needle",
    "crlf.txt": "needle\r\nx\r\n",
    "naïve 日本.txt": "needle in a name\n",
    ".hidden": "needle hidden\n",
    ".config/settings.json": '{"needle": true}\n',
    "x.log": "needle\n",
    "keep.log": "needle kept\n",
    "build/out.js": "needle\n",
    "src/build/out.js": "needle in src/build\n",
    "node_modules/pkg/index.js": "needle\n",
    "sub/node_modules/pkg/index.js": "needle\n",
    "docs/a.tmp": "needle\n",
    "docs/deeper/a.tmp": "needle deeper\n",
    "cache/x": "needle\n",
    "sub/cache/y/z": "needle\n",
    "sub/cache/.keep": "needle\n",
    "#hash.txt": "needle\n",
    "!bang.txt": "needle\n",
    "trailing.txt": "needle\n",
    "escaped ": "needle\n",
    "q1.txt": "needle\n",
    "q12.txt": "needle q12\n",
    "seta.txt": "needle\n",
    "setd.txt": "needle d\n",
    "nota.txt": "needle a\n",
    "notd.txt": "needle\n",
    "deep/gone.txt": "needle\n",
    "deep/a/b/gone.txt": "needle\n",
    "deep/a/b/here.txt": "needle here\n",
    "sub/file-or-dir": "needle\n",
    "other/file-or-dir/x": "needle\n",
    "dir-only": "needle as a file\n",
    "sub/dir-only/x": "needle\n",
    "nested/.gitignore": "*\n!*.md\n!.gitignore\n!inner/\n",
    "nested/a.md": "needle md\n",
    "nested/a.ts": "needle\n",
    "nested/inner/b.md": "needle inner\n",
    "nested/x.log": "needle\n",
    "selfish/.gitignore": "*\n",
    "selfish/a.ts": "needle\n",
    "anchored/.gitignore": "/only-here\nsome/where\n",
    "anchored/only-here": "needle\n",
    "anchored/deeper/only-here": "needle deeper only\n",
    "anchored/some/where": "needle\n",
    "anchored/x/some/where": "needle somewhere\n",
    "repo/.git/config": "needle\n",
    "repo/x.log": "needle\n",
    "repo/a.ts": "needle repo\n",
    ".git/HEAD": "needle\n",
    ".git/hooks/x.ts": "needle\n",
    ".ignore": "a.ts\n",
    ".rgignore": "b.js\n",
    "sub/.rgignore": "normal.ts\n.rgignore\n",
    "docs/.gitignore": ".rgignore\n",
    "docs/.rgignore": "deeper\n",
    "binary.bin": new Uint8Array([110, 101, 101, 100, 108, 101, 0, 10]),
    "late.bin": new Uint8Array([...new TextEncoder().encode("needle\n".repeat(30000)), 0]),
    "utf16.txt": new Uint8Array([
      0xff,
      0xfe,
      ...[..."needle"].flatMap((c) => [c.charCodeAt(0), 0]),
    ]),
    "latin1.txt": new Uint8Array([...new TextEncoder().encode("needle "), 0xe9, 10]),
    "bom.txt": "\ufeffneedle bom\n",
    "empty.txt": "",
    "minified.js": "x".repeat(200_000) + "needle" + "y".repeat(200_000) + "\n",
    "huge.txt": "some line of text\n".repeat(60_000) + "the needle at the end\n",
    "locked/a.ts": "needle locked\n",
    "unreadable.ts": "needle unreadable\n",
    "sub/normal.ts": "needle normal\n",
    "UPPER.txt": "NEEDLE upper\nNeedle title\n",
    "multi.txt": "need\nle\nfoo(bar)\n  indented\nTODO: x\nß ſ K\n",
  });
  await files.symlink("..", join(root, "sub/loop"));
  await files.symlink("loop-b", join(root, "loop-a"));
  await files.symlink("loop-a", join(root, "loop-b"));
  await files.symlink("a.ts", join(root, "link.ts"));
  await files.symlink("sub", join(root, "link-dir"));
  await files.symlink("nowhere", join(root, "dangling"));
  if (host().platform.os !== "windows") {
    await files.chmod(join(root, "locked"), 0o000);
    await files.chmod(join(root, "unreadable.ts"), 0o000);
  }
}

/** Gives back what {@linkcode jungle} locked. */
export async function unlock(root: string): Promise<void> {
  if (host().platform.os === "windows") return;
  await host().files.chmod(join(root, "locked"), 0o700);
  await host().files.chmod(join(root, "unreadable.ts"), 0o600);
}
