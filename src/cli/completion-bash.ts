/**
 * The script for bash. That of @bomb.sh/tab needs the bash-completion package, cannot be read in
 * twice, and runs whatever the line has in $( ) when Tab is pressed.
 */
export const bashCompletion = `# bash completion for pgmedic
__pgmedic_complete() {
    local words=() n=-1 glue= word value directive=4
    # readline breaks words at = and :, pgmedic does not.
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ n -ge 0 && ( -n $glue || $word == [=:]* ) ]]; then
            words[n]+=$word
        else
            words[++n]=$word
        fi
        [[ $word == *[=:] ]] && glue=1 || glue=
    done
    COMPREPLY=()
    while IFS=$'\\t' read -r value _; do
        case $value in
            :*) directive=\${value#:} ;;
            ?*) COMPREPLY+=("$value") ;;
        esac
    done < <(pgmedic complete -- "\${words[@]}" 2>/dev/null)
    # 4: nothing else fits; otherwise it is the name of a file.
    (( directive & 4 )) && return
    compopt -o filenames 2>/dev/null
    while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$2")
}
complete -F __pgmedic_complete pgmedic`;
