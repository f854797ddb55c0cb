/**
 * Which portable tests run on Node and Bun in every run: those whose outcome depends on the runtime
 * (the adapters and what stands on them), and one real turn of each kind. The rest runs on Deno
 * alone; `deno task test:runtime node@22` runs all of them on demand.
 */
export const RUNTIME_TESTS = [
  // the adapters: files, processes, serving, terminals, proxies
  "runtime/",
  "process/",
  // downloads: fetch, hashing, unpacking
  "binary/download_test",
  "binary/locate_test",
  // fetch and WebSocket
  "http/request_test",
  "client/event_stream_test",
  "client/socket_test",
  // the server as a child process
  "server/start_test",
  "server/stop_test",
  "server/attach_test",
  // what the tools do with files and shells
  "tools/bash_test",
  "tools/edit_test",
  "tools/files_test",
  "tools/sandbox_test",
  "tools/search_test",
  "tools/where_test",
  "mcp/endpoint_test",
  // one real turn of each kind: text, data, tools; cancelled; attached
  "session/kinds_test",
  "session/abort_test",
  "facade/opencode_test",
  // the endpoint that the server calls back
  "facade/hooks_test",
  // exports in the background, spans of events that come in other pieces
  "telemetry/otlp_test",
  "telemetry/tree_test",
  // a ledger in a file
  "budget/ledger_test",
  // the command line as a process
  "cli/pipes_test",
] as const;
