import { createContext, useContext } from "react";
import type { SignedInView, StartView } from "../contract/contract";
import type { Desk } from "../platform/desk";
import type { EncounterMemory } from "./memory";
import type { Route } from "./route";

/** What every page can reach. */
export type Frame = {
  desk: Desk;
  start: StartView;
  /** Tries once more to open a desk that could not be opened. */
  startAgain: () => void;
  signedIn: SignedInView | null;
  /** Whether the desk locked itself; the page that was open comes back after signing in. */
  locked: boolean;
  setSignedIn: (view: SignedInView | null) => void;
  route: Route;
  /** Goes to a page; refused while something must not be left (see `hold`). */
  go: (route: Route) => void;
  /** While held, no page can be left: a booking is on its way and its answer has to be shown. */
  hold: (held: boolean) => void;
  recall: (encounterId: string) => EncounterMemory;
  remember: (
    encounterId: string,
    change: Partial<EncounterMemory> | ((memory: EncounterMemory) => Partial<EncounterMemory>),
  ) => void;
  forget: (encounterId: string) => void;
};

export const FrameContext = createContext<Frame | null>(null);

export function useFrame(): Frame {
  const frame = useContext(FrameContext);
  if (!frame) throw new Error("useFrame outside the frame");
  return frame;
}
