import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { toProblem } from "../platform/problem";
import { ProblemNotice } from "./ProblemNotice";
import { Progress } from "./Progress";

type Props<T> = {
  query: UseQueryResult<T>;
  /** What is being done while it loads, for example `Asking the directory for services`. */
  words: string;
  isEmpty?: (data: T) => boolean;
  /** What to do where there is nothing. */
  empty?: ReactNode;
  encounterId?: string | undefined;
  children: (data: T) => ReactNode;
};

/** One pattern for loading, slow, failed, empty and there. What was there stays while it is asked for again. */
export function Loaded<T>({ query, words, isEmpty, empty, encounterId, children }: Props<T>) {
  const again = () => void query.refetch();
  const failed = query.error && !query.isFetching && (
    <ProblemNotice
      problem={toProblem(query.error)}
      encounterId={encounterId}
      onTryAgain={again}
      onFreshSlots={again}
    />
  );
  if (query.data === undefined) return failed || <Progress words={words} />;
  return (
    <>
      {failed}
      {isEmpty?.(query.data) ? empty : children(query.data)}
    </>
  );
}
