/** A terminal in memory: takes what a program writes, and says what somebody would see. */
import { characters, columnsOf } from "../../../src/cli/chat/width.ts";

/** What stands in one place of the screen. */
export interface Cell {
  character: string;
  /** The numbers of its colours and weights, as SGR has them. */
  style: readonly number[];
}

/** As much of a terminal as the chat uses; anything else is an error, so that no test passes blindly. */
export class Emulator {
  #rows: string[][] = [[]];
  /** Beside `#rows`: never shortened, what stands in no row is not looked at. */
  readonly #styles: (readonly number[])[][] = [];
  #style: readonly number[] = [];
  #row = 0;
  #column = 0;
  /** What was written to the clipboard. */
  clipboard = "";

  constructor(public columns: number) {}

  write(text: string): void {
    for (let at = 0; at < text.length;) {
      if (text[at] === "\u001b") at += this.#sequence(text.slice(at));
      else {
        // deno-lint-ignore no-control-regex
        const plain = /^[^\u0000-\u001f\u007f]+/.exec(text.slice(at))?.[0];
        if (plain !== undefined) {
          for (const character of characters(plain)) this.#put(character);
          at += plain.length;
        } else this.#control(text[at++]!);
      }
    }
  }

  /** The rows that are not empty at the end. */
  screen(): string[] {
    const rows = this.#rows.map((row) => row.join("").trimEnd());
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }

  /** The same with colours. */
  cells(): Cell[][] {
    return this.screen().map((_, at) => {
      const row = this.#rows[at]!;
      return row.map((character, column) => ({
        character,
        style: this.#styles[at]?.[column] ?? [],
      }));
    });
  }

  /** Where the cursor stands. */
  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  #control(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#down();
    else if (character === "\t") this.#column = Math.min(this.columns - 1, (this.#column & ~7) + 8);
    else throw new Error(`Unexpected control character ${JSON.stringify(character)}`);
  }

  #down(): void {
    this.#row++;
    this.#rows[this.#row] ??= [];
  }

  #put(character: string): void {
    const width = columnsOf(character);
    if (this.#column + width > this.columns) {
      this.#column = 0;
      this.#down();
    }
    const row = this.#rows[this.#row]!;
    while (row.length < this.#column) row.push(" ");
    row[this.#column] = character;
    (this.#styles[this.#row] ??= [])[this.#column] = this.#style;
    if (width === 2) row[this.#column + 1] = "";
    this.#column += width;
  }

  #sequence(text: string): number {
    // deno-lint-ignore no-control-regex
    const clip = /^\u001b\]52;c;([A-Za-z0-9+/=]*)\u0007/.exec(text);
    if (clip) {
      const bytes = Uint8Array.from(atob(clip[1]!), (c) => c.charCodeAt(0));
      this.clipboard = new TextDecoder().decode(bytes);
      return clip[0].length;
    }
    // deno-lint-ignore no-control-regex
    const found = /^\u001b\[(\??[0-9;]*)([A-Za-z])/.exec(text);
    if (!found) throw new Error(`Unexpected sequence ${JSON.stringify(text.slice(0, 12))}`);
    const [whole, numbers = "", final] = found;
    const count = Number(numbers) || 1;
    if (final === "A") this.#row = Math.max(0, this.#row - count);
    else if (final === "C") this.#column = Math.min(this.columns - 1, this.#column + count);
    else if (final === "J" && numbers === "2") this.#rows = [[]];
    else if (final === "J" && numbers === "") {
      this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
      this.#rows.length = this.#row + 1;
    } else if (final === "K") this.#rows[this.#row]!.length = this.#column;
    else if (final === "H" && numbers === "") this.#row = this.#column = 0;
    else if (final === "m") {
      for (const code of numbers.split(";").map(Number)) {
        // 22 ends bold and dim, 39 a colour; what else ends something ends nothing that is drawn
        const kept = code === 0
          ? []
          : this.#style.filter((one) => code === 22 ? one > 2 : code === 39 ? one < 30 : true);
        this.#style = [0, 22, 39].includes(code) ? kept : [...kept, code];
      }
    } else if (!(/^\?2004$/.test(numbers) && /[hl]/.test(final!))) {
      throw new Error(`Unexpected sequence ${JSON.stringify(whole)}`);
    }
    return whole.length;
  }
}
