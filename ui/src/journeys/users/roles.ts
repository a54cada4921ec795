import type { RoleView } from "../../contract/contract";

/** The roles that a user can have, most frequent first. */
export const roles: { value: RoleView; label: string }[] = [
  { value: "callHandler", label: "Call handler" },
  { value: "clinician", label: "Clinician" },
  { value: "practiceAdmin", label: "Practice admin" },
  { value: "supervisor", label: "Supervisor" },
];
