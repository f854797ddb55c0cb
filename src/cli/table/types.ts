/**
 * The shape of the command line's table.
 *
 * @module
 */

/** What a flag's value is: a switch has none; a duration is read as seconds, and held in milliseconds. */
export type FlagKind = "switch" | "text" | "list" | "number" | "dollars" | "duration" | "choice";

/** Another name for a flag, as other programs call it; not in the help. */
export interface Alias {
  name: string;
  /** It takes no value, and means this one. */
  means?: string;
  /** Other words for the flag's own values. */
  values?: Readonly<Record<string, string>>;
}

/** One flag. */
export interface Flag {
  name: string;
  short?: string;
  kind: FlagKind;
  /** What its value is called in the help. */
  value?: string;
  choices?: readonly string[];
  /** The smallest number that makes sense. @default {0} */
  min?: number;
  max?: number;
  aliases?: readonly Alias[];
  group: Group;
  help: string;
}

/** The help's sections, in their order. */
export const GROUPS = [
  "Prompt",
  "Conversation",
  "Output",
  "Permissions",
  "Limits",
  "Server",
  "Other",
] as const;

/** A section of the help. */
export type Group = (typeof GROUPS)[number];

/** What may follow a command's name, where it must be one of a few words. */
export interface Subcommand {
  name: string;
  /** What follows it, as the help shows it. */
  args?: string;
  /** How many words may follow. @default {0} */
  max?: number;
  help: string;
  /** Of the command's flags, those that have an effect here and not with each of the others. */
  flags?: readonly string[];
}

/** One command. */
export interface CommandEntry {
  name: string;
  /** What follows its name, as the help shows it. */
  args?: string;
  /** How many words may follow. @default {0} */
  max?: number;
  /** What the first word may be, where it must be one of these; left out it is the first. */
  subcommands?: readonly Subcommand[];
  help: string;
  /** The flags that have an effect, beside those of every command. */
  flags: readonly string[];
  /** More sentences for its own help. */
  details?: string;
}
