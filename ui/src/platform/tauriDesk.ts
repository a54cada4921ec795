import { Channel, invoke } from "@tauri-apps/api/core";
import type { InvokeArgs } from "@tauri-apps/api/core";
import type { AvailabilityView, BookingStageView, LongWalkView } from "../contract/contract";
import type { Desk } from "./desk";
import { toProblem } from "./problem";

async function call<T>(command: string, args?: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    // A problem is a plain object by contract, not an Error.
    throw toProblem(thrown);
  }
}

/** A command that tells how far it is. */
function staged<T>(command: string, input: object, onStage: (stage: BookingStageView) => void) {
  const channel = new Channel<BookingStageView>();
  channel.onmessage = onStage;
  return call<T>(command, { input, onStage: channel });
}

/** A walk along the audit record that tells how far it is. */
function walked<T>(command: string, args: object, onProgress: (walk: LongWalkView) => void) {
  const channel = new Channel<LongWalkView>();
  channel.onmessage = onProgress;
  return call<T>(command, { ...args, onProgress: channel });
}

/** The desk behind the Tauri commands. */
export const tauriDesk: Desk = {
  start: () => call("desk_start"),
  startAgain: () => call("desk_start_again"),
  createFirstUser: (input) => call("create_first_user", { input }),
  signIn: (input) => call("sign_in", { input }),
  signOut: () => call("sign_out"),
  users: () => call("users"),
  addUser: (input) => call("add_user", { input }),
  changeUser: (input) => call("change_user", { input }),
  recordKept: () => call("record_kept"),
  stillHere: () => call("still_here"),
  lock: () => call("lock"),
  checkNhsNumber: (text) => call("check_nhs_number", { text }),
  openEncounters: () => call("open_encounters"),
  startEncounter: (patient) => call("start_encounter", { patient }),
  changePatient: (encounterId, version, patient) =>
    call("change_patient", { encounterId, version, patient }),
  recordResponses: (encounterId, version, responses) =>
    call("record_responses", { encounterId, version, responses }),
  reassess: (encounterId) => call("reassess", { encounterId }),
  encounter: (encounterId) => call("encounter", { encounterId }),
  endEncounter: (input) => call("end_encounter", { input }),
  outcomeChoices: () => call("outcome_choices"),
  recordOutcome: (encounterId, outcome) => call("record_outcome", { encounterId, outcome }),
  findServices: (encounterId, withinMiles) => call("find_services", { encounterId, withinMiles }),
  watchAvailability: (encounterId, searchId, onAvailability) => {
    const channel = new Channel<AvailabilityView>();
    channel.onmessage = onAvailability;
    return call("watch_availability", { encounterId, searchId, onAvailability: channel });
  },
  stopAvailability: (searchId) => call("stop_availability", { searchId }),
  rejectReasons: () => call("reject_reasons"),
  chooseService: (encounterId, input) => call("choose_service", { encounterId, input }),
  findSlots: (encounterId, searchId, serviceId) =>
    call("find_slots", { encounterId, searchId, serviceId }),
  reviewSlot: (encounterId, searchId, serviceId, slotKey) =>
    call("review_slot", { encounterId, searchId, serviceId, slotKey }),
  book: (input, onStage) => staged("book", input, onStage),
  approveLateSlot: (input) => call("approve_late_slot", { input }),
  refuseLateSlot: (input) => call("refuse_late_slot", { input }),
  stopSending: (encounterId) => call("stop_sending", { encounterId }),
  booking: (bookingId) => call("booking", { bookingId }),
  bookings: () => call("bookings"),
  findBookings: (input) => call("find_bookings", { input }),
  bookingsOn: (serviceId, day) => call("bookings_on", { serviceId, day }),
  heldByPatient: (encounterId) => call("held_by_patient", { encounterId }),
  registryCheck: (encounterId) => call("registry_check", { encounterId }),
  lookUpBookings: (input) => call("look_up_bookings", { input }),
  readBooking: (which) => call("read_booking", which),
  cancelBooking: (input, onStage) => staged("cancel_booking", input, onStage),
  beginRebook: (encounterId, { bookingId, url }, withoutReassessment) =>
    call("begin_rebook", { encounterId, bookingId, url, withoutReassessment }),
  leaveRebook: (rebookId) => call("leave_rebook", { rebookId }),
  keepBoth: (rebookId, reason) => call("keep_both", { rebookId, reason }),
  recordInformed: (input) => call("record_informed", { input }),
  recordAttendance: (input) => call("record_attendance", { input }),
  referralGate: (input) => call("referral_gate", { input }),
  reviewReferral: (input) => call("review_referral", { input }),
  refer: (input, onStage) => staged("refer", input, onStage),
  referralSent: (documentId) => call("referral_sent", { documentId }),
  saveReferral: (documentId) => call("save_referral", { documentId }),
  referralSentByHand: (input) => call("referral_sent_by_hand", { input }),
  providerTold: (input) => call("provider_told", { input }),
  unfinished: () => call("unfinished"),
  checkUnfinished: (id) => call("check_unfinished", { id }),
  sendAgain: (id) => call("send_again", { id }),
  settleUnfinished: (input) => call("settle_unfinished", { input }),
  demonstration: () => call("demonstration"),
  demonstrate: (order) => call("demonstrate", { order }),
  reports: () => call("reports"),
  report: (input) => call("report", { input }),
  behindNumber: (input) => call("behind_number", { input }),
  saveReport: (input) => call("save_report", { input }),
  auditStart: () => call("audit_start"),
  readAudit: (input) => call("read_audit", { input }),
  countAudit: (filter) => call("count_audit", { filter }),
  newerInAudit: (filter, after) => call("newer_in_audit", { filter, after }),
  auditStory: (encounterId) => call("audit_story", { encounterId }),
  verifyAudit: (onProgress) => walked("verify_audit", {}, onProgress),
  sealAudit: () => call("seal_audit"),
  exportAudit: (input, onProgress) => walked("export_audit", { input }, onProgress),
  stopAudit: () => call("stop_audit"),
  printPage: () => call("print_page"),
};
