// Objects that tell listeners what happens to them.

export class BaseObserver<Listener extends object> {
  protected readonly listeners = new Set<Partial<Listener>>();

  // Returns the function that takes the listener away again.
  registerListener(listener: Partial<Listener>): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  // A listener may be added or removed while the others are told.
  iterateListeners(tell: (listener: Partial<Listener>) => void): void {
    for (const listener of [...this.listeners]) tell(listener);
  }

  async iterateAsyncListeners(tell: (listener: Partial<Listener>) => Promise<void> | void): Promise<void> {
    for (const listener of [...this.listeners]) await tell(listener);
  }

  // Takes all listeners away.
  dispose(): void {
    this.listeners.clear();
  }
}
