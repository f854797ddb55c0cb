/** Event streams and what they hold, for every way of delivering them. */
export interface Fixture {
  name: string;
  stream: string | Uint8Array;
  events: { data: string; event?: string; id?: string; retry?: number }[];
}

const delta = (text: string) =>
  JSON.stringify({ id: "evt_1", type: "message.part.delta", properties: { delta: text } });

export const fixtures: Fixture[] = [
  { name: "nothing", stream: "", events: [] },
  { name: "one event", stream: "data: a\n\n", events: [{ data: "a" }] },
  { name: "two events", stream: "data: a\n\ndata: b\n\n", events: [{ data: "a" }, { data: "b" }] },
  {
    name: "CRLF",
    stream: "data: a\r\n\r\ndata: b\r\n\r\n",
    events: [{ data: "a" }, { data: "b" }],
  },
  { name: "CR", stream: "data: a\r\rdata: b\r\r", events: [{ data: "a" }, { data: "b" }] },
  {
    name: "line ends mixed",
    stream: "data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\n\rdata: e\n\n",
    events: [{ data: "a\nb\nc" }, { data: "d" }, { data: "e" }],
  },
  {
    name: "CR then blank LF",
    stream: "data: a\r\n\ndata: b\n\n",
    events: [{ data: "a" }, { data: "b" }],
  },
  { name: "byte order mark", stream: "\ufeffdata: a\n\n", events: [{ data: "a" }] },
  {
    name: "byte order mark in the middle",
    stream: "data: \ufeffa\n\n\ufeffdata: b\n\ndata: c\n\n",
    events: [{ data: "\ufeffa" }, { data: "c" }],
  },
  {
    name: "two byte order marks",
    stream: "\ufeff\ufeffdata: a\n\ndata: b\n\n",
    events: [{ data: "b" }],
  },
  {
    name: "leading spaces",
    stream: "data:a\n\ndata:  b\n\ndata:\tc\n\ndata: \n\n",
    events: [{ data: "a" }, { data: " b" }, { data: "\tc" }, { data: "" }],
  },
  { name: "incomplete event", stream: "data: a\n\ndata: b\n", events: [{ data: "a" }] },
  { name: "incomplete line", stream: "data: a\n\ndata: b", events: [{ data: "a" }] },
  {
    name: "no data",
    stream: "event: x\n\nid: 1\n\nretry: 5\n\n\n\n: c\n\ndata: a\n\n",
    events: [{ data: "a", id: "1", retry: 5 }],
  },
  {
    name: "data without a value",
    stream: "data\n\ndata\ndata\n\ndata:\n\n",
    events: [{ data: "" }, { data: "\n" }, { data: "" }],
  },
  {
    name: "several lines",
    stream: "data: a\ndata:\ndata: b\ndata\n\n",
    events: [{ data: "a\n\nb\n" }],
  },
  {
    name: "all fields",
    stream: "event: add\nid: 7\nretry: 100\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
    events: [
      { data: "a", event: "add", id: "7", retry: 100 },
      { data: "b", id: "7", retry: 100 },
      { data: "c", id: "", retry: 100 },
    ],
  },
  {
    name: "fields that are none",
    stream:
      "id: a\0b\nretry: 1x\nretry: -1\nretry:\nDATA: x\ndatab: x\ndat: x\n data: x\ndata : x\nfoo\ndata: a\n\n",
    events: [{ data: "a" }],
  },
  {
    name: "type before and after the data",
    stream: "event: x\ndata: a\n\ndata: b\nevent: y\n\nevent: z\nevent:\ndata: c\n\n",
    events: [{ data: "a", event: "x" }, { data: "b", event: "y" }, { data: "c" }],
  },
  {
    name: "comments",
    stream: ": ping\n\n:\ndata: a\n:x\ndata: b\n\n",
    events: [{ data: "a\nb" }],
  },
  {
    name: "colons in the value",
    stream: "data: a:b: c\n\ndata::\n\n",
    events: [{ data: "a:b: c" }, { data: ":" }],
  },
  {
    name: "characters of every length",
    stream: "data: aé€😀\u0000\u2028\u0085z\n\ndata: 😀😀\n\n",
    events: [{ data: "aé€😀\u0000\u2028\u0085z" }, { data: "😀😀" }],
  },
  {
    name: "bytes that are no UTF-8",
    stream: Uint8Array.from([
      ...new TextEncoder().encode("data: "),
      ...[0xff, 0xc0, 0x80, 0xe0, 0x80, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x41],
      ...[0xf5, 0x80, 0x80, 0x80, 0xe2, 0x82, 0xe2, 0x82, 0xac, 0xc3],
      ...[10, 10],
    ]),
    events: [{
      data: new TextDecoder().decode(Uint8Array.from([
        ...[0xff, 0xc0, 0x80, 0xe0, 0x80, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x41],
        ...[0xf5, 0x80, 0x80, 0x80, 0xe2, 0x82, 0xe2, 0x82, 0xac, 0xc3],
      ])),
    }],
  },
  {
    name: "what the server sends",
    stream: `data: ${delta('Grüße, "x"\\n 👋')}\n\ndata: ${delta("b")}\n\n`,
    events: [{ data: delta('Grüße, "x"\\n 👋') }, { data: delta("b") }],
  },
];
