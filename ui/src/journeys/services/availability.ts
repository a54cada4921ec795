import { useCallback, useEffect, useRef, useState } from "react";
import type { AvailabilityView, Problem } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { toProblem } from "../../platform/problem";

/** The last answer of each service, with the round of asking it belongs to. */
export type Board = Record<string, { round: number; view: AvailabilityView }>;

/** Puts an answer on the board, unless the board has a fresher one. */
export function put(board: Board, searchId: string, round: number, view: AvailabilityView): Board {
  if (view.searchId !== searchId) return board;
  const there = board[view.serviceId];
  if (there) {
    if (there.round > round) return board;
    // What a provider said stands, with its time, until it has said something newer.
    if (view.state === "asking") return board;
  }
  return { ...board, [view.serviceId]: { round, view } };
}

const renewAfterMs = 60_000;

/** Asks for the availability of every listed service, again a minute after each round is over. */
export function useAvailability(encounterId: string, searchId: string) {
  const { desk } = useFrame();
  const [board, setBoard] = useState<Board>({});
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const round = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const ask = useCallback(() => {
    const begin = () => {
      clearTimeout(timer.current);
      round.current += 1;
      const mine = round.current;
      const isLatest = () => round.current === mine;
      setAsking(true);
      desk
        .watchAvailability(encounterId, searchId, (view) =>
          setBoard((old) => put(old, searchId, mine, view)),
        )
        .then(
          () => isLatest() && setProblem(null),
          (thrown: unknown) => isLatest() && setProblem(toProblem(thrown)),
        )
        .finally(() => {
          if (!isLatest()) return;
          setAsking(false);
          timer.current = setTimeout(begin, renewAfterMs);
        });
    };
    begin();
  }, [desk, encounterId, searchId]);

  useEffect(() => {
    const latest = round;
    timer.current = setTimeout(ask, 0);
    return () => {
      // Whatever still comes belongs to nobody.
      latest.current += 1;
      clearTimeout(timer.current);
      desk.stopAvailability(searchId).catch(() => undefined);
    };
  }, [ask, desk, searchId]);

  return { board, asking, problem, ask };
}
