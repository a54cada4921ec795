import { useFrame } from "../frame/frame";
import { Button } from "./Button";

/** For supervisors: the way to what the audit record holds of an encounter. */
export function EncounterStory({ encounterId, words }: { encounterId: string; words: string }) {
  const { go, signedIn } = useFrame();
  if (!signedIn?.user.mayReadAudit || encounterId === "") return null;
  return (
    <Button
      look="link"
      className="app-no-print"
      onClick={() => go({ page: "auditTimeline", encounterId })}
    >
      {words}
    </Button>
  );
}
