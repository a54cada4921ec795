import { useFrame } from "./frame";

/**
 * What is typed into a form, kept while the desk locks or another page is looked at; for whoever typed it alone. Given
 * back: what is typed, how to change a part of it, and how to be done with it.
 */
export function useTyped<T extends object>(
  form: string,
  empty: T,
): [T, (part: Partial<T>) => void, () => void] {
  const { recall, remember, forget, signedIn } = useFrame();
  const place = `${signedIn?.user.username ?? ""} ${form}`;
  const typed = { ...empty, ...(recall(place).typed as Partial<T> | undefined) };
  return [
    typed,
    (part) => remember(place, (memory) => ({ typed: { ...memory.typed, ...part } })),
    () => forget(place),
  ];
}
