/** Where the reader is: at the end, which grows, or somewhere above, which stays. @module */

/** How far from the end still counts as the end, in pixels. */
const END = 60;
/** How far above the view earlier messages are read already, in pixels. */
const AHEAD = "1500px";

/** Keeps the newest text in view, as long as the reader is at the end. */
export class Follow {
  /** Whether the reader is at the end. */
  active = true;
  // blocks get their real heights only when they come into view
  readonly #grown = new ResizeObserver(() => this.stick());
  #near: IntersectionObserver | undefined;

  /** @param main What is scrolled. */
  constructor(readonly main: HTMLElement) {
    const leave = () => {
      this.active = false;
    };
    main.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && leave(), { passive: true });
    main.addEventListener("touchmove", leave, { passive: true });
    main.addEventListener("keydown", ({ key }) => /^(?:ArrowUp|PageUp|Home)$/.test(key) && leave());
    main.addEventListener("pointerdown", ({ offsetX }) => offsetX > main.clientWidth && leave());
    main.addEventListener("scroll", () => {
      if (main.scrollHeight - main.scrollTop - main.clientHeight < END) this.active = true;
    }, { passive: true });
  }

  /**
   * Begins at the end of another conversation.
   *
   * @param older Stands above the first message.
   * @param read Called where it comes near the view; tells whether there was more.
   */
  begin(conversation: HTMLElement, older: HTMLElement, read: () => Promise<boolean>): void {
    this.active = true;
    this.#grown.disconnect();
    this.#grown.observe(conversation);
    this.#near?.disconnect();
    const near = this.#near = new IntersectionObserver(async (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      // where reading failed, it is tried again only when the reader comes back
      if (!await read() || near !== this.#near) return;
      // watching it anew tells whether it is near still
      near.unobserve(older);
      near.observe(older);
    }, { root: this.main, rootMargin: `${AHEAD} 0px` });
    near.observe(older);
  }

  /** Goes to the end, where the reader was at it. */
  stick(): void {
    if (this.active) this.main.scrollTop = this.main.scrollHeight;
  }

  /** Changes what stands above: what the reader looks at stays where it is. */
  keep(change: () => void): void {
    // at the end, the height need not be known now
    if (this.active) return change();
    const height = this.main.scrollHeight;
    change();
    this.main.scrollTop += this.main.scrollHeight - height;
  }
}
