import { Channel, invoke } from "@tauri-apps/api/core";
import type { InvokeArgs } from "@tauri-apps/api/core";
import type { AvailabilityView, BookingStageView } from "../contract/contract";
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

/** The desk behind the Tauri commands. */
export const tauriDesk: Desk = {
  start: () => call("desk_start"),
  createFirstUser: (input) => call("create_first_user", { input }),
  signIn: (input) => call("sign_in", { input }),
  signOut: () => call("sign_out"),
  users: () => call("users"),
  addUser: (input) => call("add_user", { input }),
  changeUser: (input) => call("change_user", { input }),
  stillHere: () => call("still_here"),
  lock: () => call("lock"),
  checkNhsNumber: (text) => call("check_nhs_number", { text }),
  openEncounters: () => call("open_encounters"),
  startEncounter: (patient) => call("start_encounter", { patient }),
  changePatient: (encounterId, patient) => call("change_patient", { encounterId, patient }),
  encounter: (encounterId) => call("encounter", { encounterId }),
  endEncounter: (encounterId) => call("end_encounter", { encounterId }),
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
  book: (input, onStage) => {
    const channel = new Channel<BookingStageView>();
    channel.onmessage = onStage;
    return call("book", { input, onStage: channel });
  },
  approveLateSlot: (input) => call("approve_late_slot", { input }),
  refuseLateSlot: (input) => call("refuse_late_slot", { input }),
  stopSending: (encounterId) => call("stop_sending", { encounterId }),
  booking: (bookingId) => call("booking", { bookingId }),
  bookings: () => call("bookings"),
  unfinished: () => call("unfinished"),
  checkUnfinished: (id) => call("check_unfinished", { id }),
  sendAgain: (id) => call("send_again", { id }),
  settleUnfinished: (input) => call("settle_unfinished", { input }),
  demonstration: () => call("demonstration"),
  demonstrate: (order) => call("demonstrate", { order }),
  printPage: () => call("print_page"),
};
