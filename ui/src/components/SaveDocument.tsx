import { useMutation } from "@tanstack/react-query";
import { useFrame } from "../frame/frame";
import { problemOf } from "../frame/queries";
import { Button } from "./Button";
import { ProblemNotice } from "./ProblemNotice";

/** Saves the document of a referral, as a page for people and as it is, and says where. */
export function SaveDocument({ documentId, first }: { documentId: string; first: boolean }) {
  const { desk } = useFrame();
  const save = useMutation({ mutationFn: () => desk.saveReferral(documentId) });
  const problem = problemOf(save.error);
  return (
    <>
      <Button
        look={first ? "primary" : "secondary"}
        aria-disabled={save.isPending}
        onClick={() => save.isPending || save.mutate()}
      >
        Save the document
      </Button>
      <span role="status" className="app-saved">
        {save.data && (
          <>
            Saved to read and attach: {save.data.page}
            <br />
            The same for systems: {save.data.document}
          </>
        )}
      </span>
      {problem && <ProblemNotice problem={problem} takesFocus onTryAgain={() => save.mutate()} />}
    </>
  );
}
