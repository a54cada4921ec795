import type { Sending } from "../frame/sending";
import { Button } from "./Button";
import { Progress } from "./Progress";

/** How far the sending is, with the way to stop it. */
export function SendingProgress({
  sending,
  orderKey,
  words,
}: {
  sending: Sending;
  orderKey: string;
  words: string;
}) {
  const { stage, mayStop, stopping } = sending;
  return (
    <>
      {mayStop && (
        <Button look="secondary" aria-disabled={stopping} onClick={() => sending.stop(orderKey)}>
          Stop trying
        </Button>
      )}
      <Progress
        words={
          stopping
            ? "It is not sent again. Finding out what the provider holds."
            : (stage?.words ?? words)
        }
      />
    </>
  );
}
