// The part of fflate that packs. A worker has the whole text of the package in its place.
export { zlibSync } from "fflate";
