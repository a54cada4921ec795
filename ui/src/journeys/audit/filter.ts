import type { AuditFilterInput } from "../../contract/contract";
import { useTyped } from "../../frame/typed";

export const noFilter: AuditFilterInput = {
  nhsNumber: "",
  familyName: "",
  birthDay: "",
  birthMonth: "",
  birthYear: "",
  user: "",
  encounter: "",
  service: "",
  kind: "",
  from: "",
  until: "",
};

export function isEmpty(filter: AuditFilterInput): boolean {
  return Object.values(filter).every((typed) => typed.trim() === "");
}

/** The filter as typed and the one in force; both stay while another page is looked at. */
export function useFilter() {
  const [typed, type] = useTyped("audit filter", noFilter);
  const [{ inForce }, put] = useTyped("audit filter in force", { inForce: noFilter });
  const show = (filter: AuditFilterInput) => {
    type(filter);
    put({ inForce: filter });
  };
  return { typed, type, inForce, show };
}
