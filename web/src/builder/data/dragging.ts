export const PATH_TYPE = "application/x-interlock-path";
