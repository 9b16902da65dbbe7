import { api, done } from "../api/client";
import { useToasts } from "../design";
import { useSetSession } from "../session/session";

export function useSignOut(): () => void {
  const setSession = useSetSession();
  const toasts = useToasts();
  return () => {
    done(api.DELETE("/api/v1/session")).then(
      () => setSession(null),
      (error: unknown) => toasts.failed("Not signed out", error),
    );
  };
}
