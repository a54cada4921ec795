import type { Sending } from "../frame/sending";
import { Button } from "./Button";
import { Progress } from "./Progress";

/** How far the sending is, with the way to stop it. */
export function SendingProgress({
  sending,
  orderKey,
  words,
  stoppingWords = "It is not sent again. Finding out what the provider holds.",
}: {
  sending: Sending;
  orderKey: string;
  words: string;
  stoppingWords?: string;
}) {
  const { stage, mayStop, stopping } = sending;
  return (
    <>
      {mayStop && (
        <Button look="secondary" aria-disabled={stopping} onClick={() => sending.stop(orderKey)}>
          Stop trying
        </Button>
      )}
      <Progress words={stopping ? stoppingWords : (stage?.words ?? words)} />
    </>
  );
}
