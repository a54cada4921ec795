import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { AuditFilterInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";

/** Each window is recorded as read: it is asked for once, and again only where somebody asks. */
const once = { staleTime: Infinity, gcTime: 3_600_000 };
/** How often it is asked whether there is anything newer, in milliseconds. */
const askedEvery = 15_000;

/** The events that a filter leaves in, window by window; how many there are; how many came since. */
export function useEvents(filter: AuditFilterInput) {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: keys.audit(filter),
    queryFn: ({ pageParam: before }) => desk.readAudit({ filter, before }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ older }) => older,
    ...once,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const read = list.data !== undefined;
  // After the first window, so that it is not held up.
  const count = useQuery({
    queryKey: keys.auditCount(filter),
    queryFn: () => desk.countAudit(filter),
    enabled: read,
    ...once,
  });
  const newest = rows[0]?.number ?? 0;
  const newer = useQuery({
    queryKey: keys.auditNewer(filter, newest),
    queryFn: () => desk.newerInAudit(filter, newest),
    enabled: read,
    refetchInterval: askedEvery,
    initialData: { atLeast: 0, exactly: true, words: "" },
  });
  const renew = () => {
    void queries.resetQueries({ queryKey: keys.audit(filter) });
    void queries.resetQueries({ queryKey: keys.auditCount(filter) });
  };
  return { list, rows, count, newer: newer.data, renew };
}
